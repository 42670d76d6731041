"""The encodings that a text may be in, and the languages that are written in each."""

from dataclasses import dataclass

_WEST = ("en", "fr", "de", "es", "pt", "it", "nl", "ca", "da", "nb", "sv", "fi", "is")
_CENTRAL = ("pl", "cs", "sk", "hu", "sl", "sh", "ro", "de")
_BALTIC = ("lt", "lv", "de", "fi")
_TURKISH = ("tr", "de", "fr")
_CYRILLIC = ("ru", "uk", "bg", "mk")


@dataclass(frozen=True, slots=True)
class Candidate:
    """An encoding by its name for Python's codecs.

    Attributes:
        languages: what is written in it.
        is_wide: whether a character has several bytes.
        is_rare: whether hardly any program still writes it.
    """

    name: str
    languages: tuple[str, ...]
    is_wide: bool = False
    is_rare: bool = False


CANDIDATES: tuple[Candidate, ...] = (
    Candidate("cp1252", _WEST),
    Candidate("iso8859-15", _WEST),
    Candidate("mac_roman", _WEST),
    Candidate("cp850", _WEST),
    Candidate("cp437", _WEST),
    Candidate("cp865", _WEST, is_rare=True),
    Candidate("cp1250", _CENTRAL),
    Candidate("iso8859-2", _CENTRAL),
    Candidate("cp852", _CENTRAL),
    Candidate("mac_latin2", _CENTRAL, is_rare=True),
    Candidate("iso8859-16", _CENTRAL, is_rare=True),
    Candidate("cp1257", _BALTIC),
    Candidate("iso8859-4", _BALTIC, is_rare=True),
    Candidate("iso8859-13", _BALTIC, is_rare=True),
    Candidate("cp775", _BALTIC, is_rare=True),
    Candidate("cp1254", _TURKISH),
    Candidate("cp857", _TURKISH, is_rare=True),
    Candidate("mac_turkish", _TURKISH, is_rare=True),
    Candidate("cp1258", ("vi",), is_rare=True),
    Candidate("cp1251", _CYRILLIC),
    Candidate("koi8_u", _CYRILLIC),
    Candidate("cp866", _CYRILLIC),
    Candidate("iso8859-5", _CYRILLIC),
    Candidate("mac_cyrillic", _CYRILLIC, is_rare=True),
    Candidate("cp1253", ("el",)),
    Candidate("iso8859-7", ("el",)),
    Candidate("cp737", ("el",), is_rare=True),
    Candidate("cp1255", ("he",)),
    Candidate("cp1256", ("ar", "fa", "ur")),
    Candidate("iso8859-6", ("ar",)),
    Candidate("cp874", ()),
    Candidate("gb18030", ("zh",), is_wide=True),
    Candidate("big5", ("zh-hant",), is_wide=True),
    Candidate("cp949", ("ko",), is_wide=True),
    Candidate("euc_jp", ("ja",), is_wide=True),
    Candidate("shift_jis", ("ja",), is_wide=True),
)
"""In the order in which those that read a text alike are preferred: what spreadsheets write most often first."""
