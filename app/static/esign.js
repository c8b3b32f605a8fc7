// The form to the e-sign provider sends itself, once in this tab: whoever comes back to the page decides with the button.
"use strict";
(() => {
  const form = document.getElementById("esign-form");
  if (!form) return;
  const key = `esign-${form.dataset.order}`;
  try {
    if (sessionStorage.getItem(key)) return;
    sessionStorage.setItem(key, "sent");
  } catch {
    return; // no memory to be had: the button is there
  }
  form.submit();
})();
