"""``surgtools adapt``: a detector and a pose model learn from unlabelled pictures, guarded."""

import argparse
import sys
import time

from surgtools.cli.adapt_arguments import (
    START,
    add_adapt_arguments,
    check_adapt_arguments,
    is_taught,
)
from surgtools.cli.adapt_networks import (
    ROLES,
    find_source,
    named_network,
    resolve_networks,
    split_networks,
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
    from surgtools.cli.adapt_progress import adapt_progress
    from surgtools.hosts.compat.safe_loading import trust_checkpoints
    from surgtools.prediction.models import Models

    camera, _ = space_of(args)
    shared = {
        "epochs": args.epochs,
        "pseudo_share": args.pseudo_share,
        "start_share": args.start_share,
        "teacher": args.teacher or ("frozen" if is_taught(args) else "ema"),
        "labels": args.labels,
        "without": tuple(args.without),
        "low_resolution": tuple(args.low_resolution),
        "seed": args.seed,
        "num_workers": args.workers,
        "amp": args.amp,
    }
    default = AdaptSettings()
    rates = {role: args.lr or default.stage(role).lr for role in ROLES}
    settings = AdaptSettings(
        detector=StageSettings(**shared, lr=rates["detector"], epoch_length=args.epoch_length),
        pose=StageSettings(**shared, lr=rates["pose"], epoch_length=2 * args.epoch_length),
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
    base = Models.find(args.models or START).require_pair("adapt trains")
    given = {
        "detector": named_network(args.det_model, args.det_weights, base.files("detector")),
        "pose": named_network(args.pose2d, args.pose2d_weights, base.files("pose")),
    }
    pair, student = resolve_networks(given, args.out_dir, "pair"), None
    if args.student:
        trained = dict(zip(settings.roles, split_networks(args.student), strict=True))
        given = {role: trained.get(role) or pair.files(role) for role in ROLES}
        student = resolve_networks(given, args.out_dir, "student")
    further: list[Models] = []
    if args.teacher_models:
        teachers = [Models.find(m).require_pair("adapt learns from") for m in args.teacher_models]
        student = student or pair
        pair, *further = teachers
    start = time.perf_counter()
    source = args.source or find_source(args, pair)
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
