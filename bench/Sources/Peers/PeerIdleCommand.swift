import ArgumentParser
import NIOCore
import NIOPosix
import RoostClient

struct PeerIdleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "peer-idle", abstract: "Authenticated sockets on a server of another kind that say nothing.",
        discussion: "Each is a user of its own, connected as the receiver of a pair is in `peer`.")

    @OptionGroup var options: PeerOptions

    @Option(help: "Sockets in all.")
    var sockets = 1000

    @Option(help: "Seconds to hold them before memory is read.")
    var seconds = 5

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let server = try options.server()
        try OpenFiles.require(sockets)
        try OpenFiles.warn(about: [server.process], sockets: sockets, nodes: 1)
        let target = options.peer.target
        let load = try LoadOptions.parse([])
        let held = try await LoopSet([MultiThreadedEventLoopGroup.singleton.next()]) {
            LoadShard(eventLoop: $0, options: load, target: target)
        }

        let before = try server.process.sample()
        try await connect(held, to: server.address)
        try await Task.sleep(for: .seconds(seconds))
        let ended = try await held.counters().disconnects
        let after = server.process.sampleIfRunning()
        let welcomed = try await held.readyCount()
        let use = ServerUse(server.process, from: before, to: after)
        let report = IdleReport(
            facts: try RunFacts("peer-idle", nodes: [server.address]), sockets: sockets, welcomed: welcomed,
            ended: ended,
            servers: [use],
            residentBytesPerSocket: (use.residentBytes - use.residentBytesBefore) / max(1, welcomed - ended))
        try output.show(report)
        try await held.each { $0.stop() }
        try await held.each { $0.close() }
        guard report.welcomed == report.sockets, report.ended == 0 else {
            throw BenchFailure("not every socket was held")
        }
    }

    /// A few at a time, each batch welcomed before the next.
    private func connect(_ held: LoopSet<LoadShard>, to address: NodeAddress) async throws {
        let progress = Progress()
        let deadline = ContinuousClock.now.advanced(by: .seconds(LoadRun.connectSecondsMax))
        for batch in Array(0..<sockets).chunks(of: 64) {
            for future in try await held.connectReceivers(batch.map { plan($0, address) }) { try await future.get() }
            while try await held.readyCount() < batch.endIndex {
                let counters = try await held.counters()
                guard counters.disconnects == 0, ContinuousClock.now < deadline else {
                    throw BenchFailure("not every socket was welcomed: \(counters.endings)")
                }
                try await Task.sleep(for: .milliseconds(2))
            }
            progress.show("connecting: \(batch.endIndex) of \(sockets)")
        }
        progress.end()
    }

    private func plan(_ index: Int, _ address: NodeAddress) -> PairPlan {
        let user = options.peer.credentials(index)
        return PairPlan(
            index: index, stream: UInt64(index) + 1, sender: user, receiver: user, senderNode: address,
            receiverNode: address)
    }
}
