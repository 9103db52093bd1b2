"""``surgtools data suggest``: the frames most worth labelling by hand."""

import argparse
import sys
from pathlib import Path

from surgtools.cli.model_arguments import add_model_arguments, models_of
from surgtools.errors import InputError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("sources", nargs="+", metavar="SOURCE", help="videos, folders, pictures")
    parser.add_argument(
        "--out", required=True, type=Path, help="folder for suggestions.json and the pictures"
    )
    parser.add_argument("--count", type=int, default=30, help="how many frames [30]")
    parser.add_argument("--max-frames", type=int, default=600, help="to look at [600]")
    parser.add_argument("--device", help="cpu, cuda:0; default: CUDA where there is one")
    add_model_arguments(parser)


def run(args: argparse.Namespace) -> int:
    if args.count < 1 or args.max_frames < 1:
        raise InputError("--count and --max-frames: 1 or more is expected")
    if (args.out / "suggestions.json").exists():
        raise InputError(f"{args.out}: holds suggestions already; choose another --out")
    import surgtools.register  # noqa: F401  (before any host)
    from surgtools.adaptation.frames.collect import collect_frames
    from surgtools.adaptation.labels.pair_proposer import PairProposer
    from surgtools.adaptation.labels.proposals import propose
    from surgtools.adaptation.labels.suggest import suggest_frames
    from surgtools.cli.adapt_progress import adapt_progress
    from surgtools.files import write_json
    from surgtools.prediction.image_writer import write_image

    pair = models_of(args).require_pair("suggest asks")
    teacher = PairProposer.of(pair, 0.1, args.device, args.trust_checkpoint)
    pool, problems = collect_frames(
        args.sources, args.out / "pool", args.max_frames, held_out_share=0
    )
    with adapt_progress() as tell:
        proposals = propose(
            pool.read,
            range(len(pool)),
            teacher,
            progress=lambda done: tell("looking", done, len(pool)),
        )
    suggestions = suggest_frames(pool, proposals, args.count)
    for suggestion in suggestions:
        index = next(i for i, f in enumerate(pool.frames) if f.file_name == suggestion.frame)
        write_image(args.out / "images" / suggestion.frame, pool.read(index), quality=95)
    write_json(args.out / "suggestions.json", [vars(row) for row in suggestions], indent=1)
    for row in suggestions:
        print(f"{row.doubt:.2f}  {row.frame}  {row.reason}  ({row.file})")
    for problem in problems:
        print(f"surgtools data suggest: {problem.source}: {problem.message}", file=sys.stderr)
    print(f"{len(suggestions)} of {len(pool)} frames -> {args.out / 'images'}")
    return 0
