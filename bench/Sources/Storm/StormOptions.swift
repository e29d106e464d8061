import ArgumentParser
import RoostCore

/// The shape of `storm`.
struct StormOptions: ParsableArguments {
    @Option(help: "Sockets, all on the last of the nodes, which is killed.")
    var sockets = 1000

    @Option(help: "Milliseconds within which they begin to come back, at random; 0 means all at once.")
    var spread = 0

    @Option(help: "Messages that wait for each user and come to each of its sockets.")
    var messages = 0

    @Option(help: "Bytes of each message; at least 16.")
    var bytes = 200

    @Option(help: "Processes that hold the sockets; otherwise as many as the limit of open files asks for.")
    var processes: Int?

    /// Below the 20,000 files that a process may commonly open.
    static let socketsAProcess = 9000
    static let writers = 4

    func validate() throws {
        guard sockets >= 1, spread >= 0, processes ?? 1 >= 1, processes ?? 1 <= sockets else {
            throw ValidationError("--sockets and --processes are at least 1, --spread at least 0")
        }
        guard (0...10_000).contains(messages), (LoadBody.headerBytes...Limits.bodyBytesMax).contains(bytes) else {
            throw ValidationError(
                "--messages is 0 to 10000, --bytes \(LoadBody.headerBytes) to \(Limits.bodyBytesMax)")
        }
    }
}
