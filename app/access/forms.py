"""The small forms about one's own log-in; what a password may be is judged by rules.py."""

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import EmailField, PasswordField, StringField
from wtforms.validators import EqualTo, InputRequired, Length

from app.access.rules import LONGEST

NEEDED = InputRequired(message=_("Fill this in."))
SAME = EqualTo("new", message=_("The two new passwords differ. Type both again."))
NEW_HELP = _("At least 12 characters; capitals and signs are not needed. Several words that do not belong together are good.")


class CodeForm(FlaskForm):
    """Six digits from the app, or a recovery code."""

    code = StringField(_("Code"), validators=[NEEDED, Length(max=40)])


class NewPasswordForm(FlaskForm):
    """A new password, typed twice."""

    new = PasswordField(_("New password"), validators=[NEEDED, Length(max=4 * LONGEST)], description=NEW_HELP)
    again = PasswordField(_("New password once more"), validators=[NEEDED, SAME])


class ChangeForm(NewPasswordForm):
    """The old password, and a new one typed twice."""

    old = PasswordField(_("Present password"), validators=[NEEDED, Length(max=4 * LONGEST)])


class ForgotForm(FlaskForm):
    """Where the link is to be mailed."""

    email = EmailField(_("E-mail address"), validators=[NEEDED, Length(max=254)])
