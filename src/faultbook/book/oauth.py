"""What each class of OAuth error says."""

from typing import Final

CLASSES: Final = {
    "invalid_grant": "The password, code, refresh token or assertion that was presented was not accepted. The same request will fail again; somebody signs in anew, or the grant is renewed.",
    "invalid_client": "The application itself was not accepted: its secret, its certificate or its assertion. No user can mend that.",
    "invalid_request": "The request is malformed or lacks something. It fails for everybody until the application or its configuration is changed.",
    "invalid_scope": "What the application asked for does not exist or may not be asked for in this way.",
    "invalid_resource": "The service for which a token was wanted is not known in this tenant.",
    "invalid_target": "The service for which a token was wanted is not known in this tenant.",
    "unauthorized_client": "The application may not use this way of signing in, or is not known in this tenant.",
    "unsupported_grant_type": "The way of asking for a token is not supported; the application has to use another.",
    "unsupported_response_type": "The form of answer that the application wants is not switched on for it.",
    "access_denied": "Somebody, or a policy, said no: consent was refused or access is not granted.",
    "interaction_required": "A person has to do something: sign in, confirm, prove a second factor. An unattended job cannot.",
    "login_required": "Nobody is signed in, and the application asked not to show a sign-in page.",
    "consent_required": "A user or an administrator has not yet agreed to what the application wants.",
    "temporarily_unavailable": "The service is busy or down for a moment. Wait, then try again.",
    "server_error": "The service failed inside. Wait, then try again.",
    "authorization_pending": "The person has not yet finished signing in on the other device. Go on polling.",
    "expired_token": "The time for signing in on the other device is over. Start again.",
}
"""What each OAuth class says, in our own words."""
