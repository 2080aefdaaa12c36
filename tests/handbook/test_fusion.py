"""Pure parts: BM25, fusion, confidence, decisions, the contrast guard."""

import json

import numpy as np
import pytest

from handbook.calibration import dense_weights, lexical_weights, store_weights
from handbook.entry import Decision, Kind
from handbook.features import ALL_COLUMNS, LEXICAL_COLUMNS, Features
from handbook.fusion import (
    Weights,
    confidence,
    confidence_columns,
    contradicts,
    decide,
    distribution,
    preferring,
)
from handbook.lexical import Postings
from handbook.postings import Documents, build_postings


def weights(**changes: object) -> Weights:
    columns = LEXICAL_COLUMNS
    given = {
        "columns": columns, "scorer": np.ones(len(columns), np.float32),
        "confidence": np.ones(len(confidence_columns(columns)), np.float32), "bias": 0.0,
        "answer_at": 0.8, "meta_at": 0.6, "choose_at": 0.25,
    }  # fmt: skip
    return Weights(**{**given, **changes})  # type: ignore[arg-type]  # a bag of test values


def features(rows: list[float], *, exact: int = -1) -> Features:
    matrix = np.zeros((len(rows), len(LEXICAL_COLUMNS)), np.float32)
    matrix[:, 0] = rows
    return Features(matrix, np.zeros(len(rows), np.float32), exact, 5, 0.0)


def postings(*documents: list[str]) -> Postings:
    spelt = sorted({token for document in documents for token in document})
    tokens = np.asarray([spelt.index(token) for document in documents for token in document], np.int32)
    owners = np.repeat(np.arange(len(documents), dtype=np.int32), [len(document) for document in documents])
    fields = {"entry": Documents(len(documents), [(owners, tokens)]), "other": Documents(0, [])}
    return build_postings(fields, spelt)


def test_bm25_ranks_the_rarer_word_higher_and_unknown_words_score_nothing() -> None:
    channel = postings(["办", "执照"], ["办", "社保"], ["办", "发票"])
    assert int(np.argmax(channel.scores(channel.look_up(["办", "社保"])))) == 1
    unknown = channel.look_up(["没有"])
    assert channel.scores(unknown).tolist() == [0.0, 0.0, 0.0]
    assert channel.masses(unknown)[0] > channel.masses(channel.look_up(["办"]))[0]


def test_an_empty_handbook_has_empty_scores() -> None:
    channel = postings()
    assert channel.scores(channel.look_up(["办"])).shape == (0,)
    assert channel.masses(channel.look_up([])).tolist() == [0.0, 0.0]


def test_the_distribution_sums_to_one_and_follows_scores() -> None:
    chances = distribution(features([3.0, 1.0, 0.0]), weights())
    assert chances.sum() == pytest.approx(1.0)
    assert list(np.argsort(-chances)) == [0, 1, 2]


def test_an_editors_own_phrasing_wins_with_certainty() -> None:
    asked = features([3.0, 1.0], exact=1)
    chances = preferring(distribution(asked, weights()), asked.exact)
    assert int(np.argmax(chances)) == 1
    assert confidence(asked, chances, weights(), np.ones(2, bool)) == pytest.approx(0.99)


@pytest.mark.parametrize(
    ("sure", "kind", "guarded", "decision"),
    [
        (0.9, Kind.ANSWER, False, Decision.ANSWER),
        (0.9, Kind.POLICY, False, Decision.ANSWER),
        (0.9, Kind.CASE, False, Decision.ANSWER),
        (0.9, Kind.ANSWER, True, Decision.CHOOSE),
        (0.7, Kind.ANSWER, False, Decision.CHOOSE),
        (0.7, Kind.REDIRECT, False, Decision.REDIRECT),
        (0.7, Kind.OUT_OF_SCOPE, False, Decision.OUT_OF_SCOPE),
        (0.7, Kind.SMALLTALK, True, Decision.SMALLTALK),
        (0.7, Kind.COMMAND, False, Decision.COMMAND),
        (0.5, Kind.COMMAND, False, Decision.CHOOSE),
        (0.2, Kind.ANSWER, False, Decision.NONE),
    ],
)
def test_the_decision_follows_confidence_and_the_winners_kind(
    sure: float, kind: Kind, guarded: bool, decision: Decision
) -> None:
    assert decide(sure, kind, weights(), guarded=guarded) is decision


def test_the_other_side_of_a_contrast_is_asked_about_first() -> None:
    """Confident errors are contrast slips (启用/停用, 增资/减资)."""
    assert contradicts("公司想增资", "减资怎么办 减少注册资本")
    assert not contradicts("公司想增资", "增资怎么办 增加注册资本")
    assert not contradicts("公司想增资和减资", "减资怎么办")
    assert not contradicts("开发票", "减资怎么办")


def test_shipped_weights_fit_this_program_and_their_signs_are_sane() -> None:
    """A better fit never lowers a score; a better fitting near miss never raises it."""
    for shipped in (lexical_weights(),):
        for name, weight in zip(shipped.columns, shipped.scorer, strict=True):
            assert weight <= 0 if "unlike" in name else weight >= 0
        assert 0 < shipped.choose_at < shipped.answer_at < 1


def test_weights_survive_writing(tmp_path) -> None:  # type: ignore[no-untyped-def]  # pytest fixture
    file = tmp_path / "calibration.json"
    ours = weights(columns=LEXICAL_COLUMNS)
    store_weights(file, lexical=ours, dense=None, note="t")
    again = Weights.from_json(json.loads(file.read_text("utf-8"))["lexical"])
    assert again.to_json() == ours.to_json()


def test_weights_for_other_columns_are_refused() -> None:
    data = weights().to_json()
    data["scorer"].pop("words")
    with pytest.raises(ValueError, match="other columns"):
        Weights.from_json(data)


def test_a_calibration_of_another_encoder_is_none(tmp_path) -> None:  # type: ignore[no-untyped-def]  # pytest fixture
    """A different encoder is uncalibrated until it was measured here."""
    assert dense_weights("some-other-model", tmp_path) is None
    dense = weights(
        columns=ALL_COLUMNS, scorer=np.ones(len(ALL_COLUMNS), np.float32),
        confidence=np.ones(len(confidence_columns(ALL_COLUMNS)), np.float32), encoder="some-other-model",
    )  # fmt: skip
    store_weights(tmp_path / "calibration.json", lexical=weights(), dense=dense, note="t")
    found = dense_weights("some-other-model", tmp_path)
    assert found is not None
    assert found.encoder == "some-other-model"
