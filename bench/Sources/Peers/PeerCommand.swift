import ArgumentParser
import RoostClient

struct PeerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "peer", abstract: "The load of `pairs` on a server of another kind.",
        discussion: """
            mosquitto  MQTT 3.1.1, QoS 1 both ways; the receipt is an answer publication of the receiver's.
            ejabberd   XMPP chat messages to the full address; the receipt is one of XEP-0184.
            relay      the relay of `floor`, which runs already.

            Every message has a receipt of its own, and order and completeness are checked as in `pairs`. ./bench/compare
            starts the servers with the settings that bench/peers explains.
            """)

    @OptionGroup var options: PeerOptions
    @OptionGroup var load: LoadOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let server = try options.server()
        try OpenFiles.require(load.pairs * 2)
        try OpenFiles.warn(about: [server.process], sockets: load.pairs * 2, nodes: 1)
        let plans = (0..<load.pairs).map { index in
            PairPlan(
                index: index, stream: UInt64(index) + 1, sender: options.peer.credentials(index * 2),
                receiver: options.peer.credentials(index * 2 + 1), senderNode: server.address,
                receiverNode: server.address)
        }
        let outcome = try await LoadRun(
            options: load, target: options.peer.target, plans: plans, servers: [server.process]
        ).run()
        var report = try LoadReport(
            kind: options.peer.rawValue, nodes: [server.address.authority], options: load, outcome: outcome)
        report.encoding = options.peer.protocolName
        try finish(report, output)
    }
}
