# SPDX-License-Identifier: Apache-2.0
"""Between a sweep of Septet and Optuna: one request a line on stdin, one answer a line on stdout.

The study in memory is what samplers and pruners look at: it knows the trials that run. The study in
the storage gets every trial once, whole, when it has ended. So a sweep that is killed leaves
nothing half done there, and a trial that runs again is not in it twice.
"""

import contextlib
import datetime
import json
import math
import os
import re
import sys
import warnings

SAMPLERS = {"tpe": "TPESampler", "cmaes": "CmaEsSampler", "gp": "GPSampler",
            "nsgaii": "NSGAIISampler", "random": "RandomSampler"}
PRUNERS = {"none": "NopPruner", "median": "MedianPruner", "percentile": "PercentilePruner",
           "successive-halving": "SuccessiveHalvingPruner", "hyperband": "HyperbandPruner",
           "threshold": "ThresholdPruner"}


class Refusal(Exception):
    """What the user asked for cannot be; the text says why and what to do."""


def settings_of(text):
    """'hyperband(max_resource=100)' as a name and keyword arguments."""
    found = re.fullmatch(r"([\w-]+)(?:\((.*)\))?", text.strip())
    if not found:
        raise Refusal(f'"{text}" is no name, or name(key=value,...)')
    settings = {}
    for piece in filter(None, (found[2] or "").split(",")):
        key, equals, value = piece.partition("=")
        if not equals:
            raise Refusal(f'"{text}": write {found[1]}(key=value,...)')
        try:
            settings[key.strip()] = json.loads(value)
        except ValueError:
            settings[key.strip()] = value.strip()
    return found[1], settings


def made_of(text, kind, names, module, **more):
    """The sampler or pruner that `text` names, with its settings."""
    name, settings = settings_of(text)
    if name not in names:
        raise Refusal(f'there is no {kind} "{name}": take one of {", ".join(names)}')
    try:
        return getattr(module, names[name])(**(more | settings))
    except (ImportError, TypeError, ValueError) as error:
        raise Refusal(f"the {kind} {text}: {error}") from error


def distribution_of(dimension):
    from optuna import distributions
    low, high, law = dimension["low"], dimension["high"], dimension["law"]
    if law == "choice":
        return distributions.CategoricalDistribution(dimension["choices"])
    if law == "randint":
        return distributions.IntDistribution(int(low), int(high))
    return distributions.FloatDistribution(low, high, log=law == "loguniform")


def time_of(seconds):
    return datetime.datetime.fromtimestamp(seconds)


class Bridge:
    """The two studies, and the trials that run, by their number in the sweep."""

    def __init__(self, request):
        import optuna
        self.optuna = optuna
        self.states = {"done": optuna.trial.TrialState.COMPLETE,
                       "pruned": optuna.trial.TrialState.PRUNED}
        self.distributions = {dimension["name"]: distribution_of(dimension)
                              for dimension in request["dimensions"]}
        self.running = {}
        self.sweep = ""
        self.kept = self.open_storage(request)
        self.memory = self.remember(request)

    def open_storage(self, request):
        direction = {"min": "minimize", "max": "maximize"}[request["goal"]]
        try:
            study = self.optuna.create_study(storage=request["storage"], direction=direction,
                                             study_name=request["study"], load_if_exists=True)
        except Exception as error:
            raise Refusal(f"cannot open {request['storage']}: {error}") from error
        if [each.name.lower() for each in study.directions] != [direction]:
            raise Refusal(f'the study "{study.study_name}" has another goal: give the --goal that '
                          "it began with, or another --study")
        if not study.metric_names:
            study.set_metric_names([request["metric"]])
        return study

    def remember(self, request):
        """A study in memory that knows what the stored one has come to."""
        trials = self.kept.get_trials(states=[state for state in self.optuna.trial.TrialState
                                              if state.is_finished()])
        self.check(trials)
        # Another seed on each start, or a search that goes on would draw the same numbers again.
        seed = (request["seed"] + len(trials)) % 2**32
        own = {"constant_liar": True} if settings_of(request["sampler"])[0] == "tpe" else {}
        study = self.optuna.create_study(
            study_name=request["study"], direction=self.kept.direction,
            sampler=made_of(request["sampler"], "sampler", SAMPLERS, self.optuna.samplers,
                            seed=seed, **own),
            pruner=made_of(request["pruner"], "pruner", PRUNERS, self.optuna.pruners))
        study.add_trials(trials)
        return study

    def check(self, trials):
        compatible = self.optuna.distributions.check_distribution_compatibility
        for name, distribution in self.distributions.items():
            for trial in trials:
                try:
                    if name in trial.distributions:
                        compatible(trial.distributions[name], distribution)
                except ValueError as error:
                    raise Refusal(f'in the study "{self.kept.study_name}" the values of "{name}" '
                                  f"were of another kind ({error}): give another "
                                  "--study") from error

    def typed(self, values):
        """Texts, one for each dimension, as Optuna has them. ValueError: a text that is no value of
        its dimension, which may have been another when the trial ran.
        """
        typed = {}
        for (name, distribution), text in zip(self.distributions.items(), values):
            kind = type(distribution).__name__
            value = {"IntDistribution": int, "FloatDistribution": float}.get(kind, str)(text)
            distribution.to_internal_repr(value)
            if kind != "CategoricalDistribution" and not (
                    distribution.low <= value <= distribution.high):
                raise ValueError(f"{name}={text}")
            typed[name] = value
        return typed

    def begin(self, values):
        """A new trial in memory: with these values, or with such as the sampler chooses."""
        with contextlib.suppress(ValueError):
            if values:
                self.memory.enqueue_trial(self.typed(values))
        return self.memory.ask(self.distributions)

    def join(self, request):
        """From here on trials belong to one sweep; which of them the storage has."""
        self.sweep = request["sweep"]
        self.told = {(trial.user_attrs.get("septet_trial"), trial.user_attrs.get("septet_attempt"))
                     for trial in self.kept.get_trials(deepcopy=False)
                     if trial.user_attrs.get("septet_sweep") == self.sweep}
        return {}

    def ask(self, request):
        """What the trial tries: chosen now, or as it was before it began anew."""
        before = self.running.pop(request["trial"], None)
        if before is not None:
            self.memory.tell(before, state=self.optuna.trial.TrialState.FAIL)
        trial = self.running[request["trial"]] = self.begin(request.get("values"))
        return {"values": [value if isinstance(value, str) else repr(value)
                           for value in map(trial.params.get, self.distributions)]}

    def report(self, request):
        """Whether the trial is to end, after values of its metric as [step, value]."""
        trial = self.running.get(request["trial"])
        for step, value in request["points"] if trial else []:
            trial.report(math.nan if value is None else value, int(step))
            if request["prunes"] and trial.should_prune():
                return {"prune": True}
        return {"prune": False}

    def tell(self, request):
        """A trial has come to its end: as it stands in the journal of the sweep, which is right."""
        trial = self.running.pop(request["trial"], None)
        if (request["trial"], request["attempt"]) in self.told:
            return {}
        if trial is None:  # It ended in an earlier run, and that was killed before it was told.
            try:
                self.typed(request["values"])
            except ValueError:
                return {}
            trial = self.begin(request["values"])
        value = request["value"]
        state = self.states.get(request["outcome"], self.optuna.trial.TrialState.FAIL)
        if request["outcome"] == "done" and value is None:
            state = self.optuna.trial.TrialState.FAIL
        is_complete = state == self.optuna.trial.TrialState.COMPLETE
        self.memory.tell(trial, value if is_complete else None, state)
        self.keep(self.memory.get_trials(deepcopy=False)[trial.number], request)
        return {}

    def keep(self, trial, request):
        kept = self.optuna.trial.create_trial(
            state=trial.state, value=trial.value, params=trial.params,
            distributions=trial.distributions, intermediate_values=trial.intermediate_values,
            system_attrs=trial.system_attrs,
            user_attrs={"septet_sweep": self.sweep, "septet_trial": request["trial"],
                        "septet_attempt": request["attempt"],
                        "septet_outcome": request["outcome"],
                        "septet_position": request["position"]})
        kept.datetime_start = time_of(request["start"])
        kept.datetime_complete = time_of(request["end"])
        self.kept.add_trial(kept)
        self.told.add((request["trial"], request["attempt"]))


def opened(request):
    try:
        import optuna
    except ImportError as error:
        raise Refusal(f"Optuna is not there for {sys.executable} ({error}): run {sys.executable} "
                      "-m pip install optuna, or name another Python with --python") from error
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return Bridge(request)


def main():
    # Septet's own line; what libraries print goes to the log.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    warnings.simplefilter("ignore")
    bridge = None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if request["op"] == "open":
                bridge, answer = opened(request), {}
            else:
                answer = getattr(bridge, request["op"])(request)
        except Refusal as refusal:
            answer = {"error": str(refusal)}
        except Exception as error:  # Told there, and the cause in full in the log.
            sys.excepthook(*sys.exc_info())
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), file=answers)


main()
