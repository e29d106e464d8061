import ArgumentParser
import Foundation
import RoostClient

struct FloorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "floor", abstract: "The same load on a bare relay: no log, no accounts, one event loop.",
        discussion: """
            The relay speaks the same frames over NIO's own WebSocket codec: it answers `send` with `sent`, hands the
            message to the pair's receiver and turns its `ack` into a `receipt`. No server of this protocol built on the
            same parts can be faster.
            """)

    @OptionGroup var load: LoadOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try OpenFiles.require(load.pairs * 2)
        let relay = Process()
        let input = Pipe()
        let words = Pipe()
        relay.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        relay.arguments = ["relay"]
        relay.standardInput = input
        relay.standardOutput = words
        try relay.run()
        defer {
            relay.terminate()
            relay.waitUntilExit()
        }
        let line = String(decoding: words.fileHandleForReading.availableData, as: UTF8.self)
        guard let port = Int(line.trimmingCharacters(in: .whitespacesAndNewlines)), port > 0 else {
            throw BenchFailure("the relay did not start: \(line)")
        }
        let address = NodeAddress(host: "127.0.0.1", port: port)
        let plans = (0..<load.pairs).map { index in
            PairPlan(
                index: index, stream: UInt64(index) + 1,
                sender: RelayServer.credentials(UInt64(index) * 2),
                receiver: RelayServer.credentials(UInt64(index) * 2 + 1), senderNode: address, receiverNode: address)
        }
        let server = ServerProcess(pid: Int(relay.processIdentifier), name: "relay")
        let outcome = try await LoadRun(
            options: load, target: RoostTarget(encoding: load.encoding), plans: plans, servers: [server]
        ).run()
        try finish(
            LoadReport(kind: "floor", nodes: [address.description], options: load, outcome: outcome), output)
    }
}
