import numpy as np
import pytest
from sklearn.preprocessing import MultiLabelBinarizer

from helpers import labels

LABELS = ["action", "comedy", "drama"]


def drawn(rows=400, seed=0):
    return (np.random.default_rng(seed).random((rows, 3)) < [0.5, 0.2, 0.03]).astype(int)


def test_a_set_of_labels_comes_back_from_its_text_as_it_was():
    held = drawn()
    texts = labels.joined(held, LABELS)
    assert np.array_equal(labels.held(texts, LABELS), held)
    assert labels.names(texts) == LABELS


def test_which_labels_hold_is_what_scikit_learn_reads_in_the_text():
    texts = labels.joined(drawn(), LABELS)
    sets = [set(text.split("|")) - {labels.NONE} for text in texts]
    assert np.array_equal(labels.held(texts, LABELS), MultiLabelBinarizer(classes=LABELS).fit_transform(sets))


def test_a_row_without_labels_is_a_text_that_is_not_empty():
    assert labels.joined(np.zeros((1, 3)), LABELS).tolist() == ["(none)"]
    assert labels.held(np.array(["(none)"], object), LABELS).tolist() == [[0, 0, 0]]
    assert labels.names(np.array(["(none)", "drama"], object)) == ["drama"]


def test_no_group_of_rows_is_small_and_rare_labels_lie_in_few_of_them():
    held = drawn()
    texts = labels.joined(held, LABELS)
    groups = labels.strata(texts)
    assert np.unique(groups.astype(str), return_counts=True)[1].min() >= labels.FEW
    frequent = texts == "action"
    assert set(groups[frequent]) == {"action"}


@pytest.mark.parametrize("seed", range(5))
def test_dealt_out_by_group_each_part_holds_a_rare_label_as_often_as_all_rows_do(seed):
    from sklearn.model_selection import StratifiedKFold

    held = drawn(2000, seed)
    groups = labels.strata(labels.joined(held, LABELS)).astype(str)
    shares = [held[judge].mean(axis=0) for _, judge in StratifiedKFold(5).split(groups, groups)]
    spread = np.std(shares, axis=0) / np.sqrt(held.mean(axis=0) * (1 - held.mean(axis=0)) / 400)
    assert (spread < 0.6).all()  # drawn at random it would be about 1


def test_rows_that_are_all_of_rare_sets_are_one_group():
    texts = np.array(["a|b", "b|c", "(none)"], object)
    assert len(set(labels.strata(texts))) == 1
