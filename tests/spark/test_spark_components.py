"""Connected components on Spark against scipy's."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

PATH = np.stack((np.arange(300), np.arange(1, 301)), axis=1)
STAR = np.stack((np.full(200, 77), np.delete(np.arange(201), 77)), axis=1)
CYCLE = np.stack((np.arange(150), np.roll(np.arange(150), 1)), axis=1)
RANDOM = np.random.default_rng(5).integers(0, 900, (700, 2))
SCRAMBLED = np.random.default_rng(6).permutation(301)[PATH]
GRAPHS = {"path": PATH, "scrambled path": SCRAMBLED, "star": STAR, "cycle": CYCLE, "random": RANDOM}


def name_components(edges):
    """Return the lowest text of the component of each text with an edge, by scipy."""
    n = int(edges.max()) + 1
    _, labels = connected_components(coo_array((np.ones(len(edges)), edges.T), shape=(n, n)), directed=False)
    return {int(text): int(np.flatnonzero(labels == labels[text])[0]) for text in np.unique(edges)}


@pytest.mark.parametrize("graph", GRAPHS)
@pytest.mark.parametrize("local_edges", [0, 10**6], ids=["in rounds", "in one task"])
def test_each_text_gets_the_lowest_of_its_component(session, tmp_path, graph, local_edges):
    from dedup.pipeline import no_progress
    from dedup.spark.components import connect
    from dedup.spark.work import Work

    ends = GRAPHS[graph][(GRAPHS[graph][:, 0] != GRAPHS[graph][:, 1])]
    edges = session.createDataFrame(ends.tolist(), "a long, b long")
    work = Work(session, str(tmp_path / "work"), no_progress)

    found = connect(edges, len(ends), work, "roots", local_edges).collect()

    assert len(found) == len({row["text"] for row in found})
    assert {row["text"]: row["root"] for row in found} == name_components(ends)
