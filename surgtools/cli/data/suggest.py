"""``surgtools data suggest``: the frames most worth labelling by hand."""

import argparse
import sys

from surgtools.cli.data_arguments import add_max_frames, add_pictures
from surgtools.cli.model_arguments import add_model_arguments, models_of
from surgtools.cli.output_arguments import add_out_dir
from surgtools.cli.ranges import whole
from surgtools.cli.running_arguments import add_device
from surgtools.cli.sharing_arguments import add_engine
from surgtools.configs.adaptation_recipe import MAX_FRAMES
from surgtools.errors import InputError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_pictures(parser, what="without labels")
    add_out_dir(parser, "folder for suggestions.json and the suggested pictures")
    parser.add_argument(
        "--count", type=whole("[1, inf)"), metavar="N", default=30, help="frames to suggest"
    )
    add_max_frames(parser, "frames to look at, of all sources together", MAX_FRAMES)
    add_device(parser)
    add_engine(parser, "where frames are looked at")
    add_model_arguments(parser)


def run(args: argparse.Namespace) -> int:
    if (args.out_dir / "suggestions.json").exists():
        raise InputError(f"{args.out_dir}: holds suggestions already; choose another --out-dir")
    import surgtools.register  # noqa: F401  (before any host)
    from surgtools.adaptation.frames.collect import collect_frames
    from surgtools.adaptation.labels.pair_proposer import PairProposer
    from surgtools.adaptation.labels.proposals import propose
    from surgtools.adaptation.labels.suggest import suggest_frames
    from surgtools.cli.adapt_progress import adapt_progress
    from surgtools.files import write_json
    from surgtools.prediction.image_writer import write_image
    from surgtools.safe_names import path_to_write

    pair = models_of(args).require_pair("suggest asks")
    asked = args.device, args.trust_checkpoint, "off", args.engine
    teacher = PairProposer.of(pair, 0.1, *asked)
    pool, problems = collect_frames(
        args.sources, args.out_dir / "pool", args.max_frames, held_out_share=0
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
        target = path_to_write(args.out_dir / "images", suggestion.frame, "frames.json")
        write_image(target, pool.read(index), quality=95)
    write_json(args.out_dir / "suggestions.json", [vars(row) for row in suggestions], indent=1)
    for row in suggestions:
        print(f"{row.doubt:.2f}  {row.frame}  {row.reason}  ({row.file})")
    for problem in problems:
        print(f"surgtools data suggest: {problem.source}: {problem.message}", file=sys.stderr)
    print(f"{len(suggestions)} of {len(pool)} frames -> {args.out_dir / 'images'}")
    return 0
