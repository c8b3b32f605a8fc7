// Without this script the studio works too: it only adds sliders and shows a change before «Show again» is pressed.
(function () {
  "use strict";
  var fields = Array.from(document.querySelectorAll("input[data-slider]"));
  var pictures = Array.from(document.querySelectorAll("img[data-live]"));
  var waiting = 0;

  function look() {
    if (!fields.every(function (field) { return field.checkValidity(); })) return;
    var figures = new URLSearchParams(fields.map(function (field) { return [field.name, field.value]; }));
    pictures.forEach(function (picture) { picture.src = picture.dataset.live + "?" + figures; });
  }
  function soon() {
    clearTimeout(waiting);
    waiting = setTimeout(look, 200);
  }
  fields.forEach(function (field) {
    var slider = document.createElement("input");
    slider.type = "range";
    ["min", "max", "step"].forEach(function (name) { slider[name] = field[name]; });
    slider.value = field.value;
    slider.setAttribute("aria-labelledby", field.labels[0].id = field.id + "-label");
    slider.addEventListener("input", function () { field.value = slider.value; soon(); });
    field.addEventListener("input", function () { slider.value = field.value; soon(); });
    field.after(slider);
  });
})();
