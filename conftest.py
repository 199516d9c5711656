"""Wires pytest: options, the process that jax will see, Hypothesis profiles, the implementation, the recorder."""

import os
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from impl.errors import BadImplementation, BadModels, BadSubjects, NoModel
from properties.findings import BadFinding, all_findings
from properties.support import memory, profiles, runtime, seeds, shrinking
from reports.atomic_write import check_writable
from reports.model import HUNT, OWN_MODELS, OWN_SUBJECTS, REFERENCE_IMPLEMENTATION, bounded, selected_by
from reports.plugin import ending, hosts, known_failures, record, run_progress, sharing, time_limit
from reports.plugin.examples import OPTION
from reports.plugin.unfit_settings import unfit_setting
from reports.processes import die_with_parent
from reports.workers import workers

if TYPE_CHECKING:
    from impl.implementation import Implementation
    from impl.loading import Listed

# Before this process is prepared, which sets more.
_set_by_the_user = record.flags()
runtime.prepare()
if "PYTEST_XDIST_WORKER" in os.environ:
    die_with_parent()
# For the workers: 0.10.3 and 0.10.4 keep names in the order of a set, so that their defects came and went by chance.
os.environ.setdefault("PYTHONHASHSEED", "0")
profiles.register()

ROOT = Path(__file__).parent
_implementation = pytest.StashKey["Implementation"]()
_listed = {"subject": pytest.StashKey["Listed"](), "model": pytest.StashKey["Listed"]()}
_MOST_DEATHS = 100_000
# Where a subject or a model that cannot be used is shown, with its reason.
_FIRST_ASKED = {"subject": "test_init", "model": "test_same_seed"}
_refusal = pytest.StashKey[str]()

observe = record.observe


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("conformance")
    group.addoption(
        "--impl",
        default=os.environ.get("IMPL"),
        metavar="MODULE|FILE.py",
        help="the implementation to test (also: environment variable IMPL); the reference one by default",
    )
    group.addoption(
        "--subjects",
        default=os.environ.get("SUBJECTS"),
        metavar="MODULE|FILE.py",
        help="the Linen modules of which the chapter `subjects` is asked (also: environment variable SUBJECTS); "
        "the suite's own by default",
    )
    group.addoption(
        "--models",
        default=os.environ.get("MODELS"),
        metavar="MODULE|FILE.py",
        help="the NNX models of which the chapter `models` is asked (also: environment variable MODELS); "
        "it does not run without",
    )
    group.addoption(
        OPTION,
        metavar="NAME=VALUE,…",
        help="try the one property named on this example alone, as a failure shows it behind `again:`",
    )
    group.addoption("--report", type=Path, metavar="FILE", help="write the run's report, a JSON file")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int | None:
    """For `-n auto`, unless the user says in the environment what that is."""
    return None if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ else workers()


def pytest_configure(config: pytest.Config) -> None:
    _check_profile(config)
    if not _concerns_properties(config):
        return
    time_limit.give_time(config)
    _check_process(config)
    _check_findings()
    is_worker = hasattr(config, "workerinput")
    is_controller = not is_worker and bool(config.getoption("tx", None))
    sharing.share(config, is_worker)
    if is_controller:
        hosts.distribute(config, _set_by_the_user)
    elif unlike := hosts.difference(config, _set_by_the_user):
        config.stash[_refusal] = unlike
    if not is_worker:
        config.pluginmanager.register(ending.Ending(), "conformance-ending")
        if config.option.report is not None:
            _check_report(config)
            # None outlives the run that is to replace it, however this one ends.
            config.option.report.unlink(missing_ok=True)
    # The controller of a parallel run loads what a user names, to refuse it in one line, and spares itself jax else.
    option = config.option
    if not is_controller or any(one is not None for one in (option.impl, option.subjects, option.models)):
        try:
            loaded = _load_implementation(config)
            # The suite's own take seconds to load, and are asked by few chapters: these load them.
            for argument in _listed:
                if config.getoption(f"{argument}s") is not None:
                    _load_listed(config, argument)
            if config.option.impl is not None and not is_worker:
                _call_once(loaded, survives_it=is_controller)
        except pytest.UsageError as error:
            if not is_worker:
                raise
            config.stash[_refusal] = str(error)
    if is_controller and config.option.maxworkerrestart is None:
        # Each death is one property's; after xdist's usual four a worker the rest would never be tried.
        config.option.maxworkerrestart = str(_MOST_DEATHS)
    config.pluginmanager.register(record, "conformance-record")
    if config.option.example is None:
        config.pluginmanager.register(known_failures, "conformance-known-failures")
    elif not is_controller:
        from reports.plugin import one_example

        config.pluginmanager.register(one_example, "conformance-trying")
    if not is_worker:
        config.pluginmanager.register(run_progress, "conformance-status")
    if config.option.report is not None and not is_worker:
        asked = {
            "implementation": config.option.impl or REFERENCE_IMPLEMENTATION,
            "subjects": config.option.subjects or OWN_SUBJECTS,
            "models": config.option.models or OWN_MODELS,
        }
        recorder = record.Recorder(config.option.report, _suite(config), asked, config)
        config.pluginmanager.register(recorder)


def _concerns_properties(config: pytest.Config) -> bool:
    """The suite's own tests run where neither jax nor flax is installed."""
    return not all(Path(argument).parts[:1] == ("meta_tests",) for argument in config.args)


def _check_process(config: pytest.Config) -> None:
    """Nothing may decide what a property does but the property, Flax, and what the report says of the process."""
    if sys.flags.optimize:
        raise pytest.UsageError(
            "Python drops assertions here, so that nothing is judged: unset PYTHONOPTIMIZE, leave out -O"
        )
    if any(asked.startswith("error") for asked in [*sys.warnoptions, *(config.option.pythonwarnings or ())]):
        raise pytest.UsageError("warnings are errors here, which fails what Flax only warns of: leave out -W error")
    if (unfit := unfit_setting(os.environ)) is not None:
        raise pytest.UsageError(unfit)
    for plugin in config.pluginmanager.get_plugins():
        path = Path(getattr(plugin, "__file__", None) or ROOT)
        if path.name == "conftest.py" and not path.is_relative_to(ROOT):
            raise pytest.UsageError(
                f"{path} takes part in this run: name the file beside it in one word, --option=FILE"
            )


def _check_findings() -> None:
    """Every property asks them whether it is known to fail."""
    try:
        all_findings()
    except BadFinding as error:
        raise pytest.UsageError(f"properties/findings/{error}") from None


def _check_report(config: pytest.Config) -> None:
    if config.option.collectonly:
        raise pytest.UsageError("--collect-only runs no property, so there is nothing for --report to say")
    try:
        check_writable(config.option.report)
    except OSError as error:
        raise pytest.UsageError(f"--report {config.option.report}: {error.strerror}; choose another place") from None


def _check_profile(config: pytest.Config) -> None:
    chosen = config.option.hypothesis_profile
    if chosen is not None and chosen not in profiles.PROFILES:
        raise pytest.UsageError(f"no Hypothesis profile {chosen!r}: choose one of {', '.join(profiles.PROFILES)}")


def _load_implementation(config: pytest.Config) -> "Implementation":
    if _implementation not in config.stash:
        try:
            runtime.import_bridge()
            from impl import loading

            config.stash[_implementation] = loading.load(config.option.impl or loading.REFERENCE)
        except (runtime.BrokenEnvironment, BadImplementation) as error:
            raise pytest.UsageError(str(error)) from None
    return config.stash[_implementation]


def _call_once(implementation: "Implementation", survives_it: bool) -> None:
    from impl import first_call

    try:
        if survives_it:
            first_call.check_elsewhere(implementation.name)
        else:
            first_call.check(implementation)
    except BadImplementation as error:
        raise pytest.UsageError(str(error)) from None


def _load_listed(config: pytest.Config, argument: str) -> "Listed":
    """The subjects, or the models, that the properties with this argument are asked of."""
    if _listed[argument] not in config.stash:
        from impl import loading

        load, own = {
            "subject": (loading.load_subjects, loading.SUBJECTS),
            "model": (loading.load_models, loading.MODELS),
        }[argument]
        try:
            config.stash[_listed[argument]] = load(config.getoption(f"{argument}s") or own)
        except (BadSubjects, BadModels) as error:
            raise pytest.UsageError(str(error)) from None
    return config.stash[_listed[argument]]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Ask a property of each subject, or of each model, that has what the property needs."""
    for argument in _listed:
        if argument not in metafunc.fixturenames:
            continue
        needed = getattr(metafunc.function, f"needed_of_{argument}s", ())
        listed = _load_listed(metafunc.config, argument)
        fit = [one for one in listed.usable.items() if all(getattr(one[1], need) for need in needed)]
        asked = [pytest.param(found, id=name) for name, found in fit]
        if metafunc.function.__name__ == _FIRST_ASKED[argument]:
            asked += [pytest.param(broken, id=name) for name, broken in listed.broken.items()]
            asked += [_not_asked(name, reason) for name, reason in listed.refused.items()]
        none = _not_asked("none", f"no {argument} has {' and '.join(map(repr, needed))}")
        metafunc.parametrize(argument, asked or [none])


def _not_asked(name: str, reason: str) -> Any:
    return pytest.param(None, id=name, marks=pytest.mark.skip(reason=reason))


def pytest_pycollect_makemodule(parent: pytest.Collector) -> None:
    """A worker cannot refuse to start, so it refuses each chapter."""
    refusal = parent.config.stash.get(_refusal, None)
    if refusal is not None:
        raise parent.CollectError(refusal)


def _suite(config: pytest.Config) -> dict[str, Any]:
    """The profile, and which properties were asked for."""
    return {
        # Hypothesis has not loaded it yet.
        "profile": config.option.hypothesis_profile or profiles.DEFAULT,
        "selection": _selection(config),
        "searches": [record.search_of(config)] if config.option.hypothesis_profile == HUNT else [],
    }


def _selection(config: pytest.Config) -> str:
    option, everything = config.option, ROOT / "properties"
    paths = [Path(argument).resolve() for argument in config.args]
    named = [] if everything in paths else config.args
    left_out = [f"-m {option.markexpr!r}"] if option.markexpr else []
    left_out += [f"--deselect {one}" for one in option.deselect or ()]
    left_out += [f"--ignore {one}" for one in (*(option.ignore or ()), *(option.ignore_glob or ()))]
    return bounded(" ".join(filter(None, [selected_by(option.keyword), *left_out, *named])))


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """The chapter of models is for those of a user's: without ``--models`` it runs only where it is named."""
    if collection_path.name != "test_models.py" or config.option.models is not None:
        return None
    named = [argument.partition("::")[0] for argument in config.args]
    return None if any(Path(one).name == collection_path.name for one in named) else True


@pytest.fixture(scope="session")
def impl(pytestconfig: pytest.Config) -> "Implementation":
    """The implementation under test."""
    return _load_implementation(pytestconfig)


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Any:
    property_ = pyfuncitem.obj
    with (
        memory.bounded(property_),
        shrinking.bounded(property_),
        seeds.running(known_failures.property_id(pyfuncitem), property_),
    ):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Any:
    """A property about the model does not apply to an implementation that is only a function."""
    try:
        return (yield)
    except NoModel as reason:
        pytest.skip(str(reason))


# A cache entry that a killed worker left half written is compiled again; a user does not see it.
warnings.filterwarnings("ignore", message="Error (reading|writing) persistent compilation cache")
