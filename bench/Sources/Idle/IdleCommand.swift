import ArgumentParser
import Foundation
import NIOCore
import NIOPosix
import RoostClient
import RoostCore

struct IdleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "idle", abstract: "Authenticated sockets that say nothing: what one costs in memory.",
        discussion: """
            Every user gets \(Limits.devicesMax) devices, and each device one socket. Making K devices costs the cluster
            K password hashes, a third of a CPU second each, the first time; they are kept in the --credentials file.
            """)

    @OptionGroup var cluster: ClusterOptions

    @Option(help: "Sockets in all.")
    var sockets = 1000

    @Option(help: "Seconds to hold them before memory is read.")
    var seconds = 5

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let nodes = try cluster.addresses()
        try OpenFiles.require(sockets)
        try await cluster.checkNodes()
        let servers = try cluster.servers()
        guard !servers.isEmpty else { throw BenchFailure("no server process found on this machine: see --pids") }
        try OpenFiles.warn(about: servers, sockets: sockets, nodes: nodes.count)
        let devices = try await AccountPool(nodes: nodes, path: cluster.credentialsOfManyDevices)
            .devices(sockets, perUser: Limits.devicesMax)

        let before = try servers.map { try $0.sample() }
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let held = try await loop.submit { NIOLoopBound(HeldSockets(), eventLoop: loop) }.get()
        let progress = Progress()
        for (index, batch) in devices.chunks(of: 64).enumerated() {
            let opening = batch.map { device in
                ClientSocket.connect(
                    .init(
                        address: nodes[device.device.hashValueOfNode(nodes.count)], token: device.token,
                        receiveBufferBytes: 512), on: loop
                ) { socket in
                    held.value.opened(socket)
                    return held.value
                }
            }
            for future in opening { try await future.get() }
            progress.show("connecting: \(min(devices.count, (index + 1) * 64)) of \(devices.count)")
        }
        progress.end()
        try await Task.sleep(for: .seconds(seconds))
        let counts = try await loop.submit { (held.value.welcomed, held.value.ended) }.get()
        let after = servers.map { $0.sampleIfRunning() }
        let uses = zip(servers, zip(before, after)).map { ServerUse($0, from: $1.0, to: $1.1) }
        let report = IdleReport(
            facts: try RunFacts("idle", nodes: nodes), sockets: devices.count,
            welcomed: counts.0, ended: counts.1, servers: uses,
            residentBytesPerSocket: uses.reduce(0) { $0 + $1.residentBytes - $1.residentBytesBefore }
                / max(1, counts.0 - counts.1))
        try output.show(report)
        try await loop.submit { held.value.closeAll() }.get()
        try await Task.sleep(for: .milliseconds(500))
        guard report.welcomed == report.sockets, report.ended == 0 else {
            throw BenchFailure("not every socket was held")
        }
    }
}

extension UInt64 {
    /// Which of `count` nodes a device connects to.
    fileprivate func hashValueOfNode(_ count: Int) -> Int { Int(self % UInt64(count)) }
}
