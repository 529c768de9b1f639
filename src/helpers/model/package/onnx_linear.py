"""Exact graphs of models that weigh and sum: linear ones, naive Bayes, networks, machines with margins."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.linear_model import (
    ElasticNet,
    Lasso,
    LinearRegression,
    LogisticRegression,
    PoissonRegressor,
    QuantileRegressor,
    Ridge,
)
from sklearn.naive_bayes import BernoulliNB, GaussianNB, MultinomialNB
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.svm import SVC, SVR, LinearSVR

from helpers.model.package.graph import Nodes, converts


@converts(DummyClassifier, DummyRegressor)
def constant(nodes: Nodes, dummy: Any, x: str) -> str:
    """The same answer for every row."""
    answer = np.ravel(dummy.class_prior_ if hasattr(dummy, "classes_") else dummy.constant_)[None, :]
    return repeated(nodes, answer, x)


def repeated(nodes: Nodes, answer: np.ndarray, x: str) -> str:
    """Return an answer (1, k) for every row."""
    rows = nodes.node("Gather", nodes.node("Shape", x), nodes.constant([0], np.int64), axis=0)
    shape = nodes.node("Concat", rows, nodes.constant([1], np.int64), axis=0)
    return nodes.node("Expand", nodes.constant(answer), shape)


@converts("sklearn._ConstantPredictor")
def always(nodes: Nodes, constant_label: Any, x: str) -> str:
    """The probability, 0 or 1, of a label that all rows had, or none."""
    return nodes.both(repeated(nodes, np.atleast_2d(constant_label.y_).astype(float), x))


def weighed(nodes: Nodes, linear: Any, x: str) -> str:
    """Return x · w + b."""
    return nodes.add(nodes.matmul(x, np.atleast_2d(linear.coef_).T), np.atleast_2d(linear.intercept_))


@converts(LinearRegression, Ridge, ElasticNet, Lasso, LinearSVR, QuantileRegressor)
def linear_numbers(nodes: Nodes, linear: Any, x: str) -> str:
    """x · w + b."""
    return weighed(nodes, linear, x)


@converts(PoissonRegressor)
def counts(nodes: Nodes, linear: PoissonRegressor, x: str) -> str:
    """e^(x · w + b)."""
    return nodes.node("Exp", weighed(nodes, linear, x))


@converts(LogisticRegression, LinearDiscriminantAnalysis)
def linear_classes(nodes: Nodes, linear: Any, x: str) -> str:
    """The sigmoid of x · w + b, or the softmax of several."""
    margins = weighed(nodes, linear, x)
    if len(linear.classes_) == 2:
        return nodes.both(nodes.node("Sigmoid", margins))
    return nodes.node("Softmax", margins, axis=1)


@converts(GaussianNB)
def naive_bayes(nodes: Nodes, bayes: GaussianNB, x: str) -> str:
    """The softmax of the joint log-likelihoods."""
    apart = nodes.node("Unsqueeze", x, nodes.constant([1], np.int64))
    distance = nodes.node("Sub", apart, nodes.constant(bayes.theta_[None]))
    squared = nodes.node("Div", nodes.node("Mul", distance, distance), nodes.constant(bayes.var_[None]))
    total = nodes.node("ReduceSum", squared, nodes.constant([2], np.int64), keepdims=0)
    fixed = np.log(bayes.class_prior_) - 0.5 * np.log(2.0 * np.pi * bayes.var_).sum(axis=1)
    return nodes.node("Softmax", nodes.add(nodes.times(total, [[-0.5]]), fixed[None, :]), axis=1)


@converts(MultinomialNB)
def naive_bayes_of_shares(nodes: Nodes, bayes: MultinomialNB, x: str) -> str:
    """The softmax of x · log-probabilities plus the classes' own."""
    likely = nodes.matmul(x, bayes.feature_log_prob_.T)
    return nodes.node("Softmax", nodes.add(likely, bayes.class_log_prior_[None, :]), axis=1)


@converts(BernoulliNB)
def naive_bayes_of_sides(nodes: Nodes, bayes: BernoulliNB, x: str) -> str:
    """The softmax of the log-probabilities that each number lies on its side of the limit."""
    above = nodes.double(nodes.node("Greater", x, nodes.constant([[bayes.binarize]])))
    low = np.log(1.0 - np.exp(bayes.feature_log_prob_))
    likely = nodes.matmul(above, (bayes.feature_log_prob_ - low).T)
    return nodes.node(
        "Softmax", nodes.add(likely, (bayes.class_log_prior_ + low.sum(axis=1))[None, :]), axis=1
    )


@converts(QuadraticDiscriminantAnalysis)
def quadratic(nodes: Nodes, analysis: QuadraticDiscriminantAnalysis, x: str) -> str:
    """The softmax of the log-posteriors, each from the distance to its class in that class' own spread."""
    parts = []
    for mean, rotation, scaling in zip(analysis.means_, analysis.rotations_, analysis.scalings_, strict=True):
        turned = nodes.matmul(nodes.add(x, -mean[None, :]), rotation * scaling**-0.5)
        parts.append(nodes.sum_rows(nodes.node("Mul", turned, turned)))
    spread = np.array([np.log(s).sum() for s in analysis.scalings_])
    fixed = np.log(analysis.priors_) - 0.5 * spread
    return nodes.node(
        "Softmax", nodes.add(nodes.times(nodes.concat(*parts), [[-0.5]]), fixed[None, :]), axis=1
    )


@converts(MLPClassifier, MLPRegressor)
def network(nodes: Nodes, mlp: Any, x: str) -> str:
    """Layer after layer; rectified inside, and at the end as the task wants."""
    last = len(mlp.coefs_) - 1
    for n, (weights, bias) in enumerate(zip(mlp.coefs_, mlp.intercepts_, strict=True)):
        x = nodes.add(nodes.matmul(x, weights), bias[None, :])
        x = x if n == last else nodes.node("Relu", x)
    if mlp.out_activation_ == "logistic":
        return nodes.both(nodes.node("Sigmoid", x))
    return nodes.node("Softmax", x, axis=1) if mlp.out_activation_ == "softmax" else x


@converts(SVR)
def kernel_numbers(nodes: Nodes, machine: SVR, x: str) -> str:
    """The weighted kernel to each support vector."""
    return nodes.add(nodes.matmul(_kernel(nodes, machine, x), machine.dual_coef_.T), [machine.intercept_])


def svm_margins(nodes: Nodes, machine: SVC, x: str) -> str:
    """Return the decision function: (n, 1) of two classes, else (n, k)."""
    kernel = _kernel(nodes, machine, x)
    if len(machine.classes_) == 2:
        return nodes.add(nodes.matmul(kernel, machine.dual_coef_.T), [machine.intercept_])
    return _one_against_rest(
        nodes, nodes.add(nodes.matmul(kernel, _pairs(machine)), [machine.intercept_]), machine
    )


def _kernel(nodes: Nodes, machine: Any, x: str) -> str:
    """Return exp(-gamma |x - s|²) for every support vector s."""
    vectors = machine.support_vectors_
    own = nodes.sum_rows(nodes.node("Mul", x, x))
    squared = nodes.add(nodes.matmul(x, -2.0 * vectors.T), (vectors**2).sum(axis=1)[None, :])
    distance = nodes.node("Max", nodes.node("Add", squared, own), nodes.constant([[0.0]]))
    return nodes.node("Exp", nodes.times(distance, [[-machine._gamma]]))


def _pairs(machine: SVC) -> np.ndarray:
    """Return the weights (vectors, pairs) of every two classes, in libsvm's order."""
    k, ends = len(machine.classes_), np.concatenate([[0], np.cumsum(machine.n_support_)])
    weights = []
    for i in range(k):
        for j in range(i + 1, k):
            column = np.zeros(len(machine.support_vectors_))
            column[ends[i] : ends[i + 1]] = machine.dual_coef_[j - 1, ends[i] : ends[i + 1]]
            column[ends[j] : ends[j + 1]] = machine.dual_coef_[i, ends[j] : ends[j + 1]]
            weights.append(column)
    return np.column_stack(weights)


def _one_against_rest(nodes: Nodes, pairs: str, machine: SVC) -> str:
    """Return votes plus squashed confidences, as scikit-learn's _ovr_decision_function."""
    k = len(machine.classes_)
    for_first, for_second = np.zeros((k * (k - 1) // 2, k)), np.zeros((k * (k - 1) // 2, k))
    place = [(i, j) for i in range(k) for j in range(i + 1, k)]
    for n, (i, j) in enumerate(place):
        for_first[n, i] = for_second[n, j] = 1.0
    second = nodes.double(nodes.node("Less", pairs, nodes.constant([[0.0]])))
    first = nodes.node("Sub", nodes.constant([[1.0]]), second)
    votes = nodes.node("Add", nodes.matmul(first, for_first), nodes.matmul(second, for_second))
    confidence = nodes.matmul(pairs, for_first - for_second)
    below = nodes.times(nodes.add(nodes.node("Abs", confidence), [[1.0]]), [[3.0]])
    return nodes.node("Add", votes, nodes.node("Div", confidence, below))
