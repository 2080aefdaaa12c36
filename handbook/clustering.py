"""Questions that mean the same, together: cosine over words and characters, joined by an encoder where there is one."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.cluster import AgglomerativeClustering
from sklearn.feature_extraction.text import TfidfVectorizer

from handbook.text import Segmenter, characters, normalise

Encode = Callable[[Sequence[str]], NDArray[np.float32]]
MAX_QUESTIONS = 3000
LEXICAL_APART = 0.8
JOINT_APART = 0.66


def clusters(texts: Sequence[str], segmenter: Segmenter, encode: Encode | None = None) -> list[list[int]]:
    """Places of `texts` in groups, the largest first; within a group the most central question first.

    Two groups join while their questions are on average nearer than a fixed distance. At most 3000 texts.
    """
    if not texts:
        return []
    if len(texts) == 1:
        return [[0]]
    alike = _lexical(texts, segmenter)
    apart = LEXICAL_APART
    if encode is not None:
        vectors = encode([normalise(text) for text in texts])
        alike = (alike + np.clip(vectors @ vectors.T, 0, 1)) / 2
        apart = JOINT_APART
    model = AgglomerativeClustering(
        n_clusters=None, metric="precomputed", linkage="average", distance_threshold=apart
    )
    labels = model.fit_predict(np.clip(1 - alike, 0, 1))
    groups: dict[int, list[int]] = {}
    for place, label in enumerate(labels):
        groups.setdefault(int(label), []).append(place)
    ordered = [_central_first(members, alike) for members in groups.values()]
    return sorted(ordered, key=lambda members: (-len(members), members[0]))


def _lexical(texts: Sequence[str], segmenter: Segmenter) -> NDArray[np.float32]:
    def tokens(text: str) -> list[str]:
        normal = normalise(text)
        return segmenter.words(normal) + segmenter.official_words(normal) + characters(normal)

    vectorizer = TfidfVectorizer(analyzer=tokens, sublinear_tf=True)
    try:
        matrix: csr_matrix = vectorizer.fit_transform(texts)
    except ValueError:  # punctuation and emoji alone: no token anywhere
        return np.eye(len(texts), dtype=np.float32)
    return np.asarray((matrix @ matrix.T).todense(), np.float32)


def _central_first(members: list[int], alike: NDArray[np.float32]) -> list[int]:
    inside = alike[np.ix_(members, members)].sum(axis=1)
    return [members[int(place)] for place in np.argsort(-inside, kind="stable")]
