import ArgumentParser
import RoostCore

/// The shape of a day of a chat product.
struct MixedOptions: ParsableArguments {
    @Option(help: "People.")
    var people = 200

    @Option(help: "Messages that all of them together write in a second, at random times.")
    var rate = 500

    @Option(help: "Seconds of it.")
    var seconds = 30

    @Option(help: "Bytes of each message; at least 40.")
    var bytes = 200

    @Option(help: "Percent of the people online who leave in a second, for 2 to 8 seconds.")
    var leaving = 2.0

    @Option(help: "Of everything that is drawn at random.")
    var seed: UInt64 = 1

    @Option(help: "Event loops (threads) of the generator.")
    var loops = 1

    func validate() throws {
        guard (2...Limits.groupMembersMax * 10).contains(people), rate >= 1, seconds >= 1 else {
            throw ValidationError(
                "--people is 2 to \(Limits.groupMembersMax * 10), --rate and --seconds are at least 1")
        }
        guard (TownMessage.headerBytes...Limits.bodyBytesMax).contains(bytes) else {
            throw ValidationError("--bytes is \(TownMessage.headerBytes) to \(Limits.bodyBytesMax)")
        }
        guard (0...50).contains(leaving), loops >= 1, loops <= 64 else {
            throw ValidationError("--leaving is 0 to 50, --loops 1 to 64")
        }
    }
}
