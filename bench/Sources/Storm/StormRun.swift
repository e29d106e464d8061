import NIOCore
import NIOPosix
import RoostClient
import RoostCore

/// Connects many sockets to one node, kills it, and watches all of them come back on the others.
struct StormRun: Sendable {
    let options: StormOptions
    let nodes: [NodeAddress]
    let victim: NodeAddress
    let devices: [Credentials]
    let writers: [Credentials]

    /// Messages on their way to `sent` of each writer.
    private static let window = 64

    func run() async throws -> StormReport {
        let scripts = try ClusterScripts()
        guard let process = try ServerProcess.listening(on: [victim]).first else {
            throw BenchFailure("\(victim) is not on this machine: it cannot be killed")
        }
        let name = try ClusterScripts.name(of: process)
        let others = nodes.filter { $0 != victim }
        let progress = Progress()
        let workers = try split().map { part in
            try StormWorker(
                StormPlan(
                    devices: Array(part), first: victim.description,
                    next: (others.isEmpty ? [victim] : others).map(\.description),
                    spreadMilliseconds: options.spread))
        }
        do {
            let report = try await storm(workers, scripts, victim: name, others: others, progress)
            for worker in workers { await worker.end() }
            return report
        } catch {
            for worker in workers { await worker.end() }
            throw error
        }
    }

    private func storm(
        _ workers: [StormWorker], _ scripts: ClusterScripts, victim name: String, others: [NodeAddress],
        _ progress: Progress
    ) async throws -> StormReport {
        var report = try StormReport(facts: RunFacts("storm", nodes: nodes), options: options)
        report.processes = workers.count
        report.killed = name
        try await Waiting.until(devices.count, "connected to \(name)", progress) {
            try await words(workers).reduce(0) { $0 + $1.ready }
        }
        if options.messages > 0 { try await write(progress) }
        let servers = try ServerProcess.listening(on: others)
        let gauges = ServerGauges(nodes)
        let recorder = TimelineRecorder { await gauges.read() + rates(workers) }
        await recorder.begin(every: .milliseconds(200))
        try await Task.sleep(for: .seconds(1))
        let before = try servers.map { try $0.sample() }
        let serverGauges = servers.map { ThreadGauge(pid: $0.pid) }
        await recorder.mark("kill \(name)")
        try await scripts.run("kill", name)
        if others.isEmpty { try await scripts.run("start", name) }
        try await Waiting.until(devices.count, "drained elsewhere", progress, every: .milliseconds(50)) {
            try await words(workers).reduce(0) { $0 + ($1.outcome?.drainedMicroseconds.count ?? $1.drained) }
        }
        try await Waiting.until(workers.count, "processes with their results", progress) {
            try await words(workers).count { $0.outcome != nil }
        }
        await recorder.mark("all back")
        let after = servers.map { $0.sampleIfRunning() }
        report.servers = zip(servers, zip(before, after)).map { ServerUse($0, from: $1.0, to: $1.1) }
        let busiest = serverGauges.map(\.busiest).max() ?? 0
        report.take(try await words(workers), busiestServerThread: busiest)
        report.timeline = await recorder.end()
        report.facts.finish()
        progress.end()
        if !others.isEmpty { try await scripts.run("start", name) }
        return report
    }

    /// Writes what will be pending: the sockets get it and do not acknowledge it.
    private func write(_ progress: Progress) async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        var names: [String: Credentials] = [:]
        for device in devices { names[device.user] = device }
        let streams = OfflineStream.plan(
            users: names.values.sorted { $0.user < $1.user }, writers: writers.count, fanIn: 1,
            messages: options.messages)
        let byWriter = Dictionary(grouping: streams, by: \.writer)
        let (bytes, window) = (options.bytes, StormRun.window)
        let load = try await LoopSet([group.next()]) { OfflineShard(eventLoop: $0, bytes: bytes, window: window) }
        try await Waiting.forSockets(writers.count, "writers", progress) { index in
            let (mine, token, node) = (byWriter[index] ?? [], writers[index].token, nodes[index % nodes.count])
            return try await load.at(0) { shard in
                let writer = OfflineWriter(streams: mine, shard: shard)
                shard.writers.append(writer)
                return openSocket(for: writer, to: node, token: token, on: shard.eventLoop) { $0.opened($1) }
            }
        }
        try await Waiting.until(writers.count, "welcomed", progress) {
            try await load.sum { $0.writers.count { $0.isReady } }
        }
        try await load.each { shard in for writer in shard.writers { writer.start() } }
        try await Waiting.until(streams.count * options.messages, "writing", progress) {
            try await load.sum(\.counts.sent)
        }
        try await load.each { $0.closeWriters() }
    }

    private func split() -> [ArraySlice<Credentials>] {
        let processes =
            options.processes ?? (devices.count + StormOptions.socketsAProcess - 1) / StormOptions.socketsAProcess
        return devices.chunks(of: (devices.count + processes - 1) / processes)
    }

    private func words(_ workers: [StormWorker]) async throws -> [StormWord] {
        var words: [StormWord] = []
        for worker in workers {
            let word = await worker.word
            if await worker.hasEnded, word.outcome == nil { throw BenchFailure("a process of sockets has ended") }
            words.append(word)
        }
        return words
    }

    private func rates(_ workers: [StormWorker]) async -> [Reading] {
        var (welcomed, drained) = (0, 0)
        for worker in workers {
            welcomed += await worker.word.welcomed
            drained += await worker.word.drained
        }
        return [
            Reading(name: "welcomed", unit: "sockets", value: Double(welcomed)),
            Reading(name: "drained", unit: "sockets", value: Double(drained)),
        ]
    }
}
