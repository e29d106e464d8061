import ArgumentParser
import RoostCore

/// The shape of `offline`.
struct OfflineOptions: ParsableArguments {
    @Option(help: "Users who are away.")
    var users = 100

    @Option(help: "Messages that wait for each of them; a queue takes \(Limits.mailboxMessagesMax).")
    var messages = 1000

    @Option(help: "Bytes of each message, random so that they do not compress; at least 16.")
    var bytes = 200

    @Option(help: "Connections that write.")
    var writers = 20

    @Option(help: "Writers that each user hears from.")
    var fanIn = 1

    @Option(help: "Messages on their way to `sent` for each writer.")
    var window = 64

    @Option(help: "Event loops (threads) of the generator.")
    var loops = 1

    @Option(help: "Seconds after the drain for which the size of the data is watched.")
    var settle = 60

    @Flag(help: "Kill and start each node, one after the other, while the queues are full; for ./cluster/up.")
    var restart = false

    func validate() throws {
        guard users >= 1, users <= 20_000 else { throw ValidationError("--users is 1 to 20000") }
        guard messages >= 1, messages <= Limits.mailboxMessagesMax else {
            throw ValidationError("--messages is 1 to \(Limits.mailboxMessagesMax)")
        }
        guard bytes >= LoadBody.headerBytes, bytes <= Limits.bodyBytesMax else {
            throw ValidationError("--bytes is \(LoadBody.headerBytes) to \(Limits.bodyBytesMax)")
        }
        guard writers >= 1, writers <= 10_000 else { throw ValidationError("--writers is 1 to 10000") }
        guard fanIn >= 1, fanIn <= writers else { throw ValidationError("--fan-in is 1 to --writers") }
        guard window >= 1, window <= Limits.unsentMessagesMax else {
            throw ValidationError("--window is 1 to \(Limits.unsentMessagesMax)")
        }
        guard loops >= 1, loops <= 64, settle >= 0 else {
            throw ValidationError("--loops is 1 to 64, --settle at least 0")
        }
    }
}
