"""Say what is installed: `python -m overten_webhook`."""

from importlib.metadata import metadata

from overten_webhook import __version__
from overten_webhook._core import CORE_VERSION


def main() -> None:
    """Print the versions and where to read on."""
    about = metadata("overten-webhook")
    print(f"overten-webhook {__version__} (core {CORE_VERSION}): {about['Summary']}")
    print("To read on: help(overten_webhook), and")
    for link in about.get_all("Project-URL") or []:
        print("  " + link.replace(", ", ": "))


if __name__ == "__main__":
    main()
