import ArgumentParser

/// How `sweep` goes about it.
struct SweepOptions: ParsableArguments {
    @Option(help: "Pairs of a sender and a receiver.")
    var pairs = 200

    @Option(help: "Bytes of each message, random so that they do not compress; at least 16.")
    var bytes = 200

    @Option(help: "Seconds that are measured at each rate, after one that is not.")
    var seconds = 5

    @Option(help: "Messages a second to begin with; the rate is doubled until the servers do not keep up.")
    var start = 1000

    @Option(help: "The highest rate that is tried before the one beyond the maximum.")
    var most = 1_000_000

    @Option(help: "Rates tried between the last that was kept up with and the first that was not.")
    var refine = 3

    @Option(help: "Share of what comes that has to be delivered in the same time for a rate to be kept up with.")
    var kept = 0.97

    @Option(help: "How many times the maximum is tried at the end.")
    var overload = 2.0

    @Option(help: "When messages come: poisson or fixed.")
    var arrivals = Arrivals.Spacing.poisson

    @Option(help: "Of the times and of who sends.")
    var seed: UInt64 = 1

    @Option(help: "Event loops (threads) of the generator.")
    var loops = 1

    func validate() throws {
        guard seconds >= 1, start >= 1, refine >= 0, overload >= 1, kept > 0, kept <= 1 else {
            throw ValidationError(
                "--seconds, --start and --overload are at least 1, --refine 0, --kept above 0 and at most 1")
        }
    }

    /// The same pairs as those of `pairs`, which checks the rest.
    func load() throws -> LoadOptions {
        try LoadOptions.parse(["--pairs", "\(pairs)", "--bytes", "\(bytes)", "--loops", "\(loops)"])
    }
}
