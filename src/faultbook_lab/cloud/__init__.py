"""Microsoft's side of the lab over HTTPS: sign-in, Graph and Power BI on one address, answering from the lab's tenant."""

from faultbook_lab.cloud.app import application
from faultbook_lab.cloud.contract import Contract, missing
from faultbook_lab.cloud.serving import Serving, serve

__all__ = ["Contract", "Serving", "application", "missing", "serve"]
