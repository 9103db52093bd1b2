"""``surgtools adapt``: networks learn from unlabelled pictures that a pair labels, guarded."""

import argparse
import sys
import time
from dataclasses import replace

from surgtools.cli.adapt_arguments import (
    START,
    add_adapt_arguments,
    check_adapt_arguments,
    is_taught,
)
from surgtools.cli.adapt_networks import (
    NAMES,
    ROLES,
    check_before_source,
    check_teachers,
    find_source,
    find_student,
    named_network,
    require_kinds,
    resolve_networks,
)
from surgtools.cli.programs import tell_programs
from surgtools.cli.spatial_arguments import space_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """See ``add_adapt_arguments``."""
    add_adapt_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Adapt; say what was decided."""
    check_adapt_arguments(args)
    import surgtools.register  # noqa: F401  (before any host)
    from surgtools.adaptation.report import write_adaptation_report
    from surgtools.adaptation.run import Adaptation
    from surgtools.adaptation.settings import AdaptSettings, StageSettings
    from surgtools.cli.adapt_plan import plan_lines
    from surgtools.cli.adapt_progress import adapt_progress
    from surgtools.hosts.compat.safe_loading import trust_checkpoints
    from surgtools.prediction.models import Models

    camera, _ = space_of(args)
    shared = {
        "epochs": args.epochs,
        "pseudo_share": args.pseudo_share,
        **({} if args.start_share is None else {"start_share": args.start_share}),
        "teacher": args.teacher or ("frozen" if is_taught(args) else "ema"),
        "labels": args.labels,
        "without": tuple(args.without),
        "low_resolution": tuple(args.low_resolution),
        "seed": args.seed,
        "num_workers": args.workers,
        "amp": args.amp,
    }
    default = AdaptSettings()
    rates = {role: args.lr or default.stage(role).lr for role in NAMES}
    lengths = {"detector": 1, "pose": 2, "one_stage": 1}
    settings = AdaptSettings(
        **{
            role: StageSettings(**shared, lr=rate, epoch_length=lengths[role] * args.epoch_length)
            for role, rate in rates.items()
        },
        roles=(args.only,) if args.only else ROLES,
        max_frames=args.max_frames,
        drop=args.drop,
        seed=args.seed,
        device=args.device,
        trust_checkpoint=args.trust_checkpoint,
        zoom=args.zoom,
        camera=str(args.camera) if camera else None,
        models_3d=tuple(map(str, args.model_3d or ())),
        engine=args.engine,
    )
    tell_programs(args)
    base = Models.find(args.models or START, exported=False)
    if base.is_one_stage and not base.is_onnx:
        check_teachers(base)
    base.require_pair("adapt trains")
    given = {
        "detector": named_network(args.det_model, args.det_weights, base.files("detector")),
        "pose": named_network(args.pose2d, args.pose2d_weights, base.files("pose")),
    }
    pair, student = resolve_networks(given, args.out_dir, "pair"), None
    check_teachers(pair)
    if args.student:
        student = find_student(args.student, args.only, pair, args.out_dir)
        settings = replace(settings, roles=(args.only,) if args.only else student.roles)
    further: list[Models] = []
    if args.teacher_models:
        found = (Models.find(name, exported=False) for name in args.teacher_models)
        teachers = [each.require_pair("adapt learns from") for each in found]
        for each in teachers:
            require_kinds(each)
        student = student or pair
        pair, *further = teachers
    start = time.perf_counter()
    if args.dry_run:
        plan = (args.targets, args.out_dir, args.source, pair, settings, student, further)
        print("\n".join(plan_lines(*plan)))
        return 0
    source = find_source(args.source)
    if source is None:
        from surgtools.cli.made_source import make_source

        check_before_source(args.targets, args.out_dir, pair, settings, student, further)
        source = make_source(args.targets)
    with trust_checkpoints(args.trust_checkpoint), adapt_progress() as tell:
        adaptation = Adaptation(
            args.targets, args.out_dir, source, pair, settings, tell, student, further
        )
        result = adaptation.run()
    write_adaptation_report(result, args.out_dir / "report.html")
    for problem in adaptation.problems:
        print(f"surgtools adapt: {problem.source}: {problem.message}", file=sys.stderr)
    for stage in result.stages:
        print(f"{stage.role}: {'accepted' if stage.accepted else 'rolled back'}: {stage.reason}")
    print(f"{time.perf_counter() - start:.0f} s -> {args.out_dir / 'report.html'}")
    return 0 if result.accepted else 1
