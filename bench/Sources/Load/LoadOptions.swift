import ArgumentParser
import RoostCore
import RoostWire

extension ClientEncoding: ExpressibleByArgument {}

/// The shape of the load, for `pairs` and `floor` alike.
struct LoadOptions: ParsableArguments {
    @Option(help: "Pairs of a sender and a receiver.")
    var pairs = 200

    @Option(help: "Messages on their way per pair; a slot is freed by the `delivered` receipt.")
    var window = 8

    @Option(help: "Bytes of each message, random so that they do not compress; at least 16.")
    var bytes = 200

    @Option(help: "Seconds that are measured.")
    var seconds = 10

    @Option(help: "Seconds of load before the measurement.")
    var warmup = 2

    @Option(help: "Encoding of the client protocol: proto or json.")
    var encoding = ClientEncoding.proto

    @Option(
        help: """
            Messages a second in all, due at fixed times whatever the server does, instead of full windows. Latency \
            then counts from the time a message was due.
            """)
    var rate: Int?

    @Option(help: "Event loops (threads) of the generator.")
    var loops = 1

    /// Most messages on their way per pair. At a pace it is only there so that a server that has stopped does not fill
    /// the memory of the generator.
    var outstandingMax: Int { rate == nil ? window : Limits.unsentMessagesMax }

    func validate() throws {
        guard pairs >= 1, pairs <= 100_000 else { throw ValidationError("--pairs is 1 to 100000") }
        guard window >= 1, window <= Limits.unsentMessagesMax else {
            throw ValidationError("--window is 1 to \(Limits.unsentMessagesMax)")
        }
        guard bytes >= LoadBody.headerBytes, bytes <= Limits.bodyBytesMax else {
            throw ValidationError("--bytes is \(LoadBody.headerBytes) to \(Limits.bodyBytesMax)")
        }
        if let rate {
            guard rate >= 1, rate <= 10_000_000 else { throw ValidationError("--rate is 1 to 10000000") }
        }
        guard seconds >= 1, warmup >= 0 else { throw ValidationError("--seconds is at least 1, --warmup at least 0") }
        guard loops >= 1, loops <= 64 else { throw ValidationError("--loops is 1 to 64") }
    }
}
