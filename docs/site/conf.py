"""How the documentation site is built: `make docs`.

The folder of the sources is the repository, so that pages link to each other, and to files beside `docs/`, as they do
in the repository. Nothing is loaded from another host, also not by the search.
"""

from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

HERE = Path(__file__).parent

project = "Dialboard"
author = "the Dialboard contributors"
html_title = "Dialboard"
root_doc = "docs/index"
include_patterns = ["docs/*.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"]
# Folders that are not walked through: they are large, and have no pages.
exclude_patterns = [
    ".*",
    "[!d.]*/**",
    "d[!o]*/**",
    "docs/site/*.*",
]

extensions = ["myst_parser"]
myst_heading_anchors = 4
nitpicky = True
suppress_warnings = ["myst.header"]
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"

html_theme = "furo"
html_baseurl = ""
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_show_copyright = False
html_static_path = ["static"]
html_css_files = ["site.css"]
templates_path = ["templates"]
html_additional_pages = {"index": "to-first-page.html"}
html_theme_options: dict[str, Any] = {"top_of_page_buttons": []}


def setup(app: Sphinx) -> dict[str, bool]:
    """Says that pages can be read and written side by side."""
    return {"parallel_read_safe": True, "parallel_write_safe": True}
