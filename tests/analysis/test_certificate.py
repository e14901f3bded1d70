import base64
import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faultbook.analysis import certificate

# Made with openssl for an invented name: CN=sts.contoso.example, O=Contoso Example.
PEM = """-----BEGIN CERTIFICATE-----
MIIB9DCCAV0CFCRgnmV3zpCz+MzDeqdMz02ZRQxKMA0GCSqGSIb3DQEBCwUAMDgx
GDAWBgNVBAoMD0NvbnRvc28gRXhhbXBsZTEcMBoGA1UEAwwTc3RzLmNvbnRvc28u
ZXhhbXBsZTAgFw0yNDAzMDEwMDAwMDBaGA8yMDUxMDMwMTAwMDAwMFowODEYMBYG
A1UECgwPQ29udG9zbyBFeGFtcGxlMRwwGgYDVQQDDBNzdHMuY29udG9zby5leGFt
cGxlMIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDtqsr+CHppPcQM/SooSHNy
AuNVhtGdlCq2Y7nYdVKGDWAM2tO6iYbFe1CyzRUO3zl72KKjAPHDUnOk9uj7RSuY
mJXAxuIPkzaW3i3Ew0SURCNrrEhZBCJW4+CYgU+X3H/ksQwQO+kKsFkYd5sBPyxc
Il/msj3sBL6k2GQWeTzXXQIDAQABMA0GCSqGSIb3DQEBCwUAA4GBABd9TYnLQtvX
t+0DXgV7cstcrU62z86OWRS/UddaZDS2z4ncVVSK9iHY/T+3G9OzJzmogz5SgGRr
g/ZqvClXAhide2jp6m2WYYAKasa1yKd8Iz3PHfK7XAZ9xtU0xHb5utQ1qvTDoyeB
0Vd4mAnYRf8Q7yeDggbBr24ywaBbgpco
-----END CERTIFICATE-----"""


def test_a_certificate_tells_thumbprint_validity_and_name():
    read = certificate.read_text(PEM)
    assert read.thumbprint == "CA4496826654F47CE5B010C2B4C06F06F6DDBE71"
    assert read.not_before == dt.datetime(2024, 3, 1, 0, 0, tzinfo=dt.UTC)
    assert read.not_after == dt.datetime(
        2051, 3, 1, 0, 0, tzinfo=dt.UTC
    )  # past 2049 the time is written in another type
    assert read.subject == "sts.contoso.example"


def test_base64_without_armour_is_the_same_certificate():
    bare = "".join(line for line in PEM.splitlines() if not line.startswith("-"))
    assert certificate.read_text(bare) == certificate.read_text(PEM)


def test_bytes_after_the_certificate_do_not_change_its_thumbprint():
    der = base64.b64decode("".join(line for line in PEM.splitlines() if not line.startswith("-")))
    assert certificate.read(der + b"\0\0").thumbprint == certificate.read(der).thumbprint


@pytest.mark.parametrize("length", [0, 1, 2, 5, 40, 120, 300])
def test_a_cut_certificate_says_so(length):
    der = base64.b64decode("".join(line for line in PEM.splitlines() if not line.startswith("-")))
    with pytest.raises(ValueError, match="certificate"):
        certificate.read(der[:length])


@given(st.binary(max_size=300))
def test_any_bytes_give_a_certificate_or_a_value_error(data):
    try:
        said = f"a certificate until {certificate.read(data).not_after}"
    except ValueError as broken:
        said = str(broken)
    assert "certificate" in said


@given(st.text(max_size=100))
def test_any_text_gives_a_certificate_or_a_value_error(text):
    with pytest.raises(ValueError):
        certificate.read_text(text)
