import ArgumentParser
import Foundation
import Glibc
import NIOCore
import NIOPosix
import RoostClient
import RoostCore

struct GroupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "group", abstract: "One group, some of whose members write to all of them.",
        discussion: """
            Every member is a client with an outbox that connects to the next node when its own is gone, spread over the \
            nodes. Counted is what each gets: every message once, in one order for all. Accounts are made once (a third of a \
            CPU second each) and kept in the --credentials file; the group is made anew each time.
            """)

    @OptionGroup var cluster: ClusterOptions

    @Option(help: "Members of the group.")
    var members = 1000

    @Option(help: "Messages in all.")
    var messages = 1000

    @Option(help: "Members that write.")
    var senders = 10

    @Option(help: "Messages on their way to `sent` per sender.")
    var window = 4

    @Option(help: "Bytes of each message; at least 24.")
    var bytes = 200

    @Option(help: "Kill this process (SIGKILL) when half of the messages are sent; 0 takes the last of the nodes.")
    var kill: Int?

    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (2...Limits.groupMembersMax).contains(members) else {
            throw ValidationError("--members is 2 to \(Limits.groupMembersMax)")
        }
        guard senders >= 1, senders <= members, messages >= senders else {
            throw ValidationError("--senders is 1 to --members, and each writes at least one message")
        }
        guard (GroupLoad.headerBytes...Limits.bodyBytesMax).contains(bytes) else {
            throw ValidationError("--bytes is \(GroupLoad.headerBytes) to \(Limits.bodyBytesMax)")
        }
        guard (1...ClientSession.inFlightMax).contains(window) else {
            throw ValidationError("--window is 1 to \(ClientSession.inFlightMax)")
        }
    }

    func run() async throws {
        let nodes = try cluster.addresses()
        try OpenFiles.require(members)
        try await cluster.checkNodes()
        let servers = try cluster.servers()
        try OpenFiles.warn(about: servers, sockets: members, nodes: nodes.count)
        let devices = try await AccountPool(nodes: nodes, path: cluster.credentials).devices(members)
        let group = try await GroupMaking(nodes: nodes, members: devices).make()

        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let plan = (perSender: messages / senders, senders: senders, window: window, bytes: bytes)
        let load = try await loop.submit {
            let load = GroupLoad(
                loop: loop, nodes: nodes, group: group, senders: plan.senders, perSender: plan.perSender,
                window: plan.window, bytes: plan.bytes)
            load.members = devices.enumerated().map { GroupMember(index: $0, credentials: $1, load: load) }
            return NIOLoopBound(load, eventLoop: loop)
        }.get()
        let report = try await measure(load, on: loop, servers: servers, nodes: nodes)
        try output.show(report)
        guard report.isFaultless else { throw BenchFailure("not every member got every message once and in order") }
    }

    private func measure(
        _ load: NIOLoopBound<GroupLoad>, on loop: any EventLoop, servers: [ServerProcess], nodes: [NodeAddress]
    ) async throws -> GroupReport {
        let progress = Progress()
        for start in stride(from: 0, to: members, by: 64) {
            let end = min(members, start + 64)
            let opening = try await loop.submit { load.value.members[start..<end].map { $0.client.connect() } }.get()
            for future in opening { try await future.get() }
            progress.show("connecting: \(end) of \(members)")
        }
        try await wait(progress, "reading what came before", until: members, loop) { load.value.ready }
        let clock = loop.scheduleRepeatedTask(initialDelay: .milliseconds(100), delay: .milliseconds(100)) { _ in
            for member in load.value.members { member.client.wake() }
        }

        let before = try servers.map { try $0.sample() }
        let logsBefore = await logBytes(of: nodes)
        let gauge = GeneratorGauge(servers: servers)
        let start = ContinuousClock.now
        let perSender = messages / senders
        let sent = perSender * senders
        let writers = senders
        try await loop.submit { for member in load.value.members[..<writers] { member.start(perSender) } }.get()
        var killed: Int?
        if let kill {
            try await wait(progress, "sent", until: sent / 2, loop) { load.value.sent }
            let pid = kill == 0 ? servers.last?.pid : kill
            guard let pid, Glibc.kill(pid_t(pid), SIGKILL) == 0 else { throw BenchFailure("no process to kill") }
            killed = pid
        }
        let all = sent * members
        try await wait(progress, "delivered", until: all, loop) { load.value.delivered }
        try await wait(progress, "sent", until: sent, loop) { load.value.sent }
        let seconds = start.duration(to: .now).seconds
        let use = gauge.use
        progress.end()
        // What comes twice may come late.
        try await Task.sleep(for: .seconds(1))
        let after = servers.map { $0.sampleIfRunning() }
        let logsAfter = await logBytes(of: nodes)
        clock.cancel()
        let uses = zip(servers, zip(before, after)).map { ServerUse($0, from: $1.0, to: $1.1) }
        let (count, size, dead, facts) = (members, bytes, killed, try RunFacts("group", nodes: nodes))
        return try await loop.submit {
            let load = load.value
            let report = GroupReport(
                facts: facts, members: count, messages: sent, bytes: size,
                seconds: seconds, sent: load.sent, delivered: load.delivered, duplicates: load.duplicates,
                misordered: load.misordered, gaps: load.gaps, foreign: load.foreign, orders: load.orders,
                errors: load.errors, disconnects: load.disconnects, killed: dead,
                sentLatency: .init([load.sentLatency]), deliveredLatency: .init([load.deliveredLatency]),
                generator: use,
                servers: uses,
                logBytes: zip(logsBefore, logsAfter).map { max(0, $1 - $0) })
            for member in load.members { member.client.close() }
            return report
        }.get()
    }

    /// Waits until a count is reached, as long as it gets on.
    private func wait(
        _ progress: Progress, _ what: String, until wanted: Int, _ loop: any EventLoop,
        count: @escaping @Sendable () -> Int
    ) async throws {
        try await Waiting.until(wanted, what, progress) { try await loop.submit(count).get() }
    }

    /// What the logs of the nodes hold; 0 for one that does not answer.
    private func logBytes(of nodes: [NodeAddress]) async -> [Int] {
        var bytes: [Int] = []
        for node in nodes { bytes.append(await NodeMetrics.readIfAnswering(node)?.logWrittenBytes ?? 0) }
        return bytes
    }
}
