"""Encodings: a text that is not Unicode is read right, or refused with the ways in which it can be read."""

import re
from pathlib import Path

import pytest

from server.importing.encoding import encoding_of
from server.importing.encodings.candidates import CANDIDATES
from server.importing.encodings.counting import LANGUAGES
from server.importing.encodings.letters import bits_of
from server.importing.outcome import ImportFailure
from tests.server.importing.formats import COLUMNS, START, mapping_of, read, row, table

WEST = ("cp1252", "iso8859-15", "mac_roman", "cp850", "cp437")
CENTRAL = ("cp1250", "iso8859-2", "cp852")
CYRILLIC = ("cp1251", "koi8_r", "cp866", "iso8859-5", "mac_cyrillic")
SENTENCES: dict[str, tuple[tuple[str, ...], str]] = {
    "German": (WEST, "Müller möchte für übermorgen die Größe der Straße prüfen und fragt nach Gebühren"),
    "French": (WEST[:4], "Après l'été, le problème a été réglé à la réception où François espère être rappelé"),
    "Spanish": (WEST, "Mañana llamará el señor Núñez, quería información sobre la habitación pequeña y el baño"),
    "Portuguese": (WEST[:4], "João não está, mas a reclamação da ligação será resolvida amanhã à tarde pela operação"),
    "Danish": (("cp1252", "cp850", "cp865"), "Søren spørger, om regningen på årets første køb gælder værelset"),
    "Polish": (CENTRAL, "Proszę zadzwonić później, ponieważ pan Wiśniewski złożył skargę na źle działającą usługę"),
    "Czech": (CENTRAL, "Děkuji, zákazník Dvořák potřebuje změnit objednávku a žádá o zpětné zavolání příští týden"),
    "Hungarian": (CENTRAL, "Kérem, hívja vissza Kovács urat, a módosítás után hibás összeget küldött"),
    "Lithuanian": (("cp1257", "iso8859-13", "cp775"), "Ačiū, klientas prašo paaiškinti sąskaitą už šį mėnesį"),
    "Turkish": (("cp1254", "iso8859-9", "cp857"), "Müşteri yarın öğleden sonra görüşmek istiyor, şifresi değişmiş"),
    "Russian": (CYRILLIC, "Клиент просит перезвонить завтра, оплата счёта не прошла и жалоба не решена"),
    "Ukrainian": (("cp1251", "koi8_u", "mac_cyrillic"), "Клієнт просить дзвонити пізніше, оплату рахунку не отримано"),
    "Greek": (("cp1253", "iso8859-7", "cp737"), "Ο πελάτης ζητά να καλέσουμε αύριο για τον λογαριασμό και παράπονο"),
    "Hebrew": (("cp1255", "iso8859-8"), "הלקוח מבקש שנחזור אליו מחר בנוגע לחשבון ולתלונה"),
    "Arabic": (("cp1256", "iso8859-6"), "العميل يطلب معاودة الاتصال غدا بخصوص الفاتورة والشكوى"),
    "Vietnamese": (("cp1258",), "Đươ\u0300ng dây bâ\u0323n, go\u0323i la\u0323i sau"),
    "Thai": (("cp874",), "ลูกค้าขอให้โทรกลับพรุ่งนี้เรื่องใบแจ้งหนี้และการร้องเรียน"),
    "Estonian": (("cp1257", "iso8859-4"), "Palun helistage homme tagasi, režissöör šokolaadi täna öösel, žanri arve"),
    "Chinese": (("gbk", "gb18030"), "客户要求明天回电话，账单有问题，需要退款，投诉还没有解决"),
    "Taiwanese": (("big5",), "客戶要求明天回電話，帳單有問題，需要退款，投訴還沒有解決"),
    "Japanese": (("euc_jp", "shift_jis"), "お客様は明日の折り返し電話を希望しています。請求書の件でクレームがあります"),
    "Korean": (("euc_kr", "cp949"), "고객이 내일 다시 전화해 달라고 요청했습니다. 요금 문의와 예약 변경"),
}  # fmt: skip
"""A sentence of each language, and the encodings that it is written in."""

CASES = [(language, encoding) for language, (encodings, _) in SENTENCES.items() for encoding in encodings]


def _starts(sentence: str) -> list[str]:
    """The sentence from each word on, and up to each: short texts and long ones, and each word alone."""
    words = sentence.split(" ") if " " in sentence else [sentence[n : n + 4] for n in range(0, len(sentence), 4)]
    until = [" ".join(words[:count]) for count in range(1, len(words) + 1)]
    after = [" ".join(words[count:]) for count in range(1, len(words))]
    return [*words, *until, *after, *(text.upper() for text in until)]


@pytest.mark.parametrize(("language", "encoding"), CASES)
def test_a_text_is_read_right_or_refused(language: str, encoding: str) -> None:
    sentence = SENTENCES[language][1]
    wrong = list[tuple[str, str, str]]()
    for text in _starts(sentence):
        try:
            content = f"Id,Who,When,Topic\nc0,Ava,{START},{text}\n".encode(encoding)
        except UnicodeEncodeError:  # a capital letter that the encoding does not have
            continue
        if not _is_unicode(content):
            try:
                name = encoding_of(content, None).name
            except ImportFailure:
                continue
            if content.decode(name) != content.decode(encoding):
                wrong.append((text, name, content.decode(name, errors="replace").splitlines()[1]))
    assert wrong == []


def _is_unicode(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


@pytest.mark.parametrize(
    ("language", "encoding"),
    [
        (language, encoding)
        for language, encoding in CASES
        if encoding
        in ("cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1257", "cp1258", "gbk", "euc_kr", "shift_jis")
        and language != "Estonian"
    ],
)
def test_a_sentence_is_enough_for_the_usual_encodings(language: str, encoding: str) -> None:
    content = SENTENCES[language][1].encode(encoding)
    assert content.decode(encoding_of(content, None).name) == SENTENCES[language][1]


@pytest.mark.parametrize(
    ("encoding", "topics"),
    [
        ("cp1250", ["Łódź"]),
        ("cp1250", ["Dvořák"]),
        ("cp1251", ["Да"]),
        ("cp1254", ["Şişli"]),
        ("cp1257", ["Ąžuolas"]),
        ("cp437", ["£5"]),
        ("cp850", ["São"]),
        ("euc_kr", ["김"]),
        ("shift_jis", ["東"]),
        ("mac_roman", ["Straße"]),
    ],
)
def test_short_texts_are_read_right_or_refused_with_what_they_can_be(
    tmp_path: Path, encoding: str, topics: list[str]
) -> None:
    path = tmp_path / "calls.csv"
    path.write_bytes(table(*[row(number, topic) for number, topic in enumerate(topics)]).encode(encoding))
    mapping = mapping_of(tmp_path, COLUMNS)
    try:
        assert read(path, mapping).topics == topics
    except ImportFailure as refused:
        message = str(refused)
        assert message.startswith(f"{path}: the text is not UTF-8 (line 2) and its encoding cannot be determined")
        assert message.endswith("; set encoding in the mapping, or --encoding, to the right one")
        assert 2 <= len(re.findall(r"' in [a-z0-9_-]+", message)) <= 4
    assert read(path, mapping, encoding=encoding).topics == topics


def test_what_is_not_certain_is_shown_in_the_encodings_that_it_may_be_in(tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    path.write_bytes(table(row(0), row(1, "Straße")).encode("mac_roman"))
    with pytest.raises(ImportFailure) as refused:
        read(path, mapping_of(tmp_path, COLUMNS))
    assert "(line 3)" in str(refused.value)
    assert ",Straße' in mac_roman" in str(refused.value)
    assert ",Straže' in cp852" in str(refused.value)


@pytest.mark.parametrize("word", ["Müller", "Zürich", "Björn", "Größe", "Malmö", "André", "Gómez", "Søren"])
def test_a_word_is_enough_where_no_other_encoding_reads_one(word: str) -> None:
    assert encoding_of(f"Id,Who\nc0,{word}\n".encode("cp1252"), None).name == "cp1252"


@pytest.mark.parametrize(
    ("word", "rival"),
    [
        ("Zoë", "Zoė' in cp1257"),
        ("São Paulo", "Săo Paulo' in cp1250"),
        ("Español", "Espańol' in cp1250"),
        ("é", "é' in"),
    ],
)
def test_a_word_that_another_encoding_reads_as_well_is_refused(word: str, rival: str) -> None:
    with pytest.raises(ImportFailure) as refused:
        encoding_of(f"Id,Who\nc0,{word}\n".encode("cp1252"), None)
    assert rival in str(refused.value)


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp775", "įmonė"),  # in mac_roman ‘mon”
        ("cp775", "iš į"),  # i’ ‘
        ("mac_cyrillic", "И ТЫ С"),  # in cp1251 € ’› ‘
        ("cp1256", "ضرر"),  # in mac_roman ÷——
        ("cp1253", "Άλλο και Άρεσε, Έξω"),  # in iso8859-7 ’λλο και ’ρεσε
    ],
)
def test_letters_are_not_taken_for_signs(encoding: str, text: str) -> None:
    content = f"Id,Who\nc0,{text}\n".encode(encoding)
    try:
        name = encoding_of(content, None).name
    except ImportFailure:
        return
    assert content.decode(name) == content.decode(encoding)


def test_the_languages_of_the_encodings_are_counted() -> None:
    named = {language for candidate in CANDIDATES for language in candidate.languages}
    assert named == LANGUAGES.keys()
    assert all(bits_of(language) for language in named)


ALIKE = ["Müller", "Größe", "café", "Köln"]
"""Read alike in cp1252, cp1250, cp1254 and cp1257."""


@pytest.mark.parametrize(
    ("encoding", "later"),
    [("cp1252", "Après le problème, à la réception où François dès demain"), ("cp1252", "déjà, très, élève, père")],
)
def test_a_text_that_goes_on_in_the_encoding_that_was_found(tmp_path: Path, encoding: str, later: str) -> None:
    content, topics = _long(later, encoding)
    path = tmp_path / "calls.csv"
    path.write_bytes(content)
    assert read(path, mapping_of(tmp_path, COLUMNS)).topics == topics


@pytest.mark.parametrize(
    ("encoding", "later"),
    [
        ("cp1250", "Dvořák potřebuje změnit objednávku a žádá o zpětné zavolání"),
        ("cp1254", "Müşteri yarın öğleden sonra görüşmek istiyor, çünkü şifresi değişmiş"),
        ("cp1257", "Ačiū, klientas prašo paaiškinti sąskaitą už šį mėnesį"),
        ("cp1250", "Ľ"),
    ],
)
def test_a_text_that_goes_on_in_another_encoding_is_refused(tmp_path: Path, encoding: str, later: str) -> None:
    content, _ = _long(later, encoding)
    path = tmp_path / "calls.csv"
    path.write_bytes(content)
    with pytest.raises(ImportFailure, match=r"line 6006\b|line 6006\)"):
        read(path, mapping_of(tmp_path, COLUMNS))


def _long(later: str, encoding: str) -> tuple[bytes, list[str]]:
    """A table whose last row alone tells its encoding, and its topics."""
    topics = [*ALIKE, *["x" * 60] * 6_000, later]
    return table(*[row(number, topic) for number, topic in enumerate(topics)]).encode(encoding), topics
