"""One normal form: whatever keyboard, script or accent a question came from."""

from pathlib import Path

import pytest

from handbook.text import (
    Segmenter,
    characters,
    clauses,
    key,
    loose_key,
    normalise,
    read_synonyms,
    read_word_list,
    sounds,
)


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("個體戶　怎麼註冊？？", "个体户怎么注册"),
        ("ＡＰＰ上１３％的票", "app上13%的票"),
        ("营业  执照 怎么 办!!!", "营业执照怎么办"),
        ("税率3.5%。下一句", "税率3.5% 下一句"),
        ("零\u200b宽\u202e字符", "零宽字符"),
        ("换\n行", "换行"),
        ("😀👍。。。", ""),
        ("", ""),
        ("\ud800孤立", "孤立"),
        ("wifi 和 宽带", "wifi 和宽带"),
    ],
)
def test_normal_form(written: str, normal: str) -> None:
    assert normalise(written) == normal
    assert normalise(normal) == normal


def test_keys_meet_across_punctuation_and_greetings() -> None:
    assert key("营业执照，丢了！") == key("营业执照丢了")
    assert loose_key("你好，请问营业执照丢了怎么办呢？") == loose_key("营业执照丢了怎么办")
    assert loose_key("你好") == "你好"


def test_homophones_and_typed_pinyin_share_sounds() -> None:
    """Voice input: 直照 for 执照; hurried typing: getihu; the local z/zh."""
    assert set(sounds("营业直照")) == set(sounds("营业执照"))
    assert set(sounds(normalise("getihu"))) == set(sounds("个体户"))
    assert set(sounds("只照")) == set(sounds("资照"))
    assert not set(sounds("税务")) & set(sounds("社保"))


def test_words_of_other_scripts_are_kept_whole() -> None:
    assert characters("办aeo认证") == ["办", "aeo", "认", "证", "认证"]
    assert sounds("http 500") == []


def test_a_story_is_cut_into_clauses_and_scraps_join() -> None:
    assert clauses("我开店的，好，想问执照丢了怎么补？谢谢") == ["我开店的", "好 想问执照丢了怎么补", "谢谢"]


def test_everyday_words_bring_official_ones_only_where_missing(tmp_path: Path) -> None:
    file = tmp_path / "_synonyms.txt"
    file.write_text("# 注\n房本、产权证 => 不动产登记\n坏行\n", "utf-8")
    segmenter = Segmenter(synonyms=read_synonyms(file))
    assert segmenter.official_words("房本在哪办") == ["不动产登记"]
    assert segmenter.official_words("房本的不动产登记") == []
    assert segmenter.official_words("执照") == []


def test_a_dictionary_keeps_a_term_whole(tmp_path: Path) -> None:
    file = tmp_path / "_dictionary.txt"
    file.write_text("暖企驿站 # 名称\n\n", "utf-8")
    assert "暖企驿站" in Segmenter(read_word_list(file)).words("去暖企驿站开会")
    assert read_word_list(tmp_path / "none.txt") == []
