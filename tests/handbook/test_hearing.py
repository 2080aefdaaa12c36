"""What people type and dictate, read as they meant it."""

import pytest

from handbook.hearing import as_meant
from handbook.service import HandbookService


@pytest.mark.parametrize(
    ("spelt", "together"),
    [
        ("ying ye zhi zhao diu le", "yingyezhizhaodiule"),
        ("yingyezhizhao zenme ban", "yingyezhizhaozenmeban"),
        ("Xie xie!", "xiexie"),
        ("how are you", "how are you"),
        ("办 ATA dan", "办 ATA dan"),
        ("gongsi bg", "gongsi bg"),
    ],
)
def test_pinyin_typed_syllable_by_syllable_is_read_as_one_word(spelt: str, together: str) -> None:
    assert as_meant(spelt) == together


@pytest.mark.parametrize(
    ("heard", "meant"),
    [
        ("那个我就是想问一下啊就是我那个公司那个法人他不想干了嘛然后怎么换", "我我公司法人他不想干了怎么换"),
        ("喂你好啊我问下那个消防验收怎么弄", "我消防验收怎么弄"),
        ("请问营业执照丢了怎么办呢", "请问营业执照丢了怎么办呢"),
        ("啊啊啊啊啊气死了", "啊啊啊啊啊气死了"),
        ("那个那个喂养场嘛时候能办呀然后呢", "喂养场嘛时候能办"),
    ],
)
def test_a_voice_message_is_read_without_its_hesitations(heard: str, meant: str) -> None:
    """One «呢» is how people ask; from three hesitations on they drown what was meant."""
    assert as_meant(heard) == meant


@pytest.mark.parametrize(
    ("said", "plain"),
    [("fa piao kai cuo le", "fapiaokaicuole"), ("嗯那个发票啊开错了呢怎么弄呀", "发票开错了怎么弄")],
)
def test_both_ways_of_saying_it_are_found_alike(real_service: HandbookService, said: str, plain: str) -> None:
    """By words, by sound and by meaning: single syllables went to a person, a hesitation to the wrong entry."""
    found, expected = real_service.search(said), real_service.search(plain)
    assert found.confidence == expected.confidence
    assert [item.entry.id for item in found.candidates] == [item.entry.id for item in expected.candidates]
