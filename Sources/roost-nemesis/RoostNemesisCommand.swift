import ArgumentParser
import Dispatch
import Foundation
import RoostNemesis

/// `roost-nemesis`: real nodes under fire.
@main
struct RoostNemesisCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "roost-nemesis",
        abstract: "Run a cluster of real nodes, let things go wrong under load, and check every message.",
        discussion: """
            Users in a circle: each sends numbered messages to the next one. Meanwhile nodes are killed, paused, cut off
            from each other; their disks fill up and rot. Every message that was answered `sent` has to arrive, once,
            in order and as it was written. The exit code is 0 when every promise was kept.

            Partitions and full disks need root and iproute2; without them the run says what it leaves out.
            """)

    @Flag(help: "Every nemesis, at least a million messages: about half an hour.")
    var long = false

    @Option(help: "The roost to run.")
    var roost = ProcessInfo.processInfo.environment["ROOST_BIN"] ?? RoostNemesisCommand.neighbour

    @Option(help: "Decides who is struck by what, and when.")
    var seed: UInt64 = .random(in: 1...999_999)

    @Option(help: "Nodes at the beginning. (default: 3, long 5)")
    var nodes: Int?

    @Option(help: "Users, each sending to the next. (default: 10, long 40)")
    var pairs: Int?

    @Option(help: "Messages of a pair that wait for `sent`. (default: 16)")
    var window: Int?

    @Option(help: "Bytes of a message. (default: 200)")
    var bytes: Int?

    @Option(help: "Messages a second of all pairs; 0 for as many as go. (default: 4000, long 2000)")
    var rate: Int?

    @Option(help: "How often every nemesis strikes. (default: 1, long 3)")
    var rounds: Int?

    @Option(help: "Joins, each followed by a leave, in all. (default: 0, long 30)")
    var joins: Int?

    @Option(help: "Only nemeses with this in their name.")
    var only: String?

    @Option(help: "Acknowledged messages at least. (default: 0, long 1000000)")
    var messages: Int?

    @Option(help: "Bounds on stalls are multiplied by this, on a machine that has other things to do.")
    var slack = 1.0

    @Flag(help: "No namespaces and no mounts, even where they can be had.")
    var signalsOnly = false

    @Flag(help: "Keep logs and data.")
    var keep = false

    @Option(help: "Write the report as JSON to this file.")
    var json: String?

    func run() async throws {
        var options = long ? NemesisOptions.long(roost: roost) : NemesisOptions(roost: roost)
        options.seed = seed
        options.nodes = nodes ?? options.nodes
        options.workload.pairs = pairs ?? options.workload.pairs
        options.workload.window = window ?? options.workload.window
        options.workload.bytes = bytes ?? options.workload.bytes
        options.workload.rate = rate ?? options.workload.rate
        options.rounds = rounds ?? options.rounds
        options.messagesMin = messages ?? options.messagesMin
        options.only = only
        options.joinCycles = joins ?? options.joinCycles
        options.slack = slack
        options.isIsolated = !signalsOnly
        options.keepsFiles = keep
        let stopRequest = StopRequest()
        let signals = [SIGINT, SIGTERM].map { RoostNemesisCommand.watch($0, stopRequest) }
        defer { for signal in signals { signal.cancel() } }
        var run = try NemesisRun(options, stopRequest: stopRequest) { line in
            FileHandle.standardError.write(Data("\(line)\n".utf8))
        }
        let report = try await run.run()
        print(report.text)
        if let json { try report.write(to: json) }
        guard report.isFaultless else { throw ExitCode.failure }
    }

    /// Ends the run in order: the nodes are in sessions of their own and would stay.
    private static func watch(_ number: Int32, _ stopRequest: StopRequest) -> any DispatchSourceSignal {
        signal(number, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: number)
        source.setEventHandler {
            FileHandle.standardError.write(Data("ending: the nodes are stopped, and the report follows\n".utf8))
            stopRequest.make()
        }
        source.resume()
        return source
    }

    /// What was built together with this program.
    private static var neighbour: String {
        URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().appending(path: "roost")
            .path
    }
}
