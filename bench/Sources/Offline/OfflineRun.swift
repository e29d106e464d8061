import Histogram
import NIOCore
import RoostClient
import RoostCore

/// Fills the queues of users who are away, restarts nodes if asked, drains the queues, and watches the log shrink.
struct OfflineRun: Sendable {
    let options: OfflineOptions
    let cluster: ClusterOptions
    let nodes: [NodeAddress]
    let users: [Credentials]
    let writers: [Credentials]

    /// Longest wait for the last acknowledgements to reach the owners.
    private static let dropSecondsMax = 30

    func run() async throws -> OfflineReport {
        try await EventLoops.with(options.loops) { try await run(on: $0) }
    }

    private func run(on loops: [any EventLoop]) async throws -> OfflineReport {
        let (bytes, window) = (options.bytes, options.window)
        let load = try await LoopSet(loops) { OfflineShard(eventLoop: $0, bytes: bytes, window: window) }
        let gauges = ServerGauges(nodes)
        let recorder = TimelineRecorder { await gauges.read() + rates(of: load) }
        await recorder.begin(every: .milliseconds(500))
        let streams = OfflineStream.plan(
            users: users, writers: writers.count, fanIn: options.fanIn, messages: options.messages)

        var report = try OfflineReport(facts: RunFacts("offline", nodes: nodes), options: options)
        try await fill(load, streams, recorder, into: &report)
        if options.restart { try await restart(recorder, into: &report) }
        try await drain(load, streams, recorder, into: &report)
        report.timeline = await recorder.end()
        report.facts.finish()
        return report
    }

    private func fill(
        _ load: LoopSet<OfflineShard>, _ streams: [OfflineStream], _ recorder: TimelineRecorder,
        into report: inout OfflineReport
    ) async throws {
        let progress = Progress()
        let servers = try cluster.servers()
        let byWriter = Dictionary(grouping: streams, by: \.writer)
        try await Waiting.forSockets(writers.count, "writers", progress) { index in
            let (mine, token, node) = (byWriter[index] ?? [], writers[index].token, nodes[index % nodes.count])
            return try await load.at(index % load.count) { shard in
                let writer = OfflineWriter(streams: mine, shard: shard)
                shard.writers.append(writer)
                return openSocket(for: writer, to: node, token: token, on: shard.eventLoop) { $0.opened($1) }
            }
        }
        try await Waiting.until(writers.count, "welcomed", progress) {
            try await load.sum { $0.writers.count { $0.isReady } }
        }
        let total = streams.reduce(0) { $0 + $1.count }
        let before = try await ClusterSample.take(of: servers, nodes: nodes)
        let gauge = GeneratorGauge(servers: servers)
        var memory = MemorySlope()
        await recorder.mark("fill")
        try await load.each { shard in for writer in shard.writers { writer.start() } }
        var lookedAt = ContinuousClock.now
        try await Waiting.until(total, "filling", progress) {
            if lookedAt.duration(to: .now) > .milliseconds(500) {
                lookedAt = .now
                let sample = try await ClusterSample.take(of: servers, nodes: nodes)
                memory.add(pending: sample.metrics.pendingMessages, residentBytes: sample.residentBytes)
            }
            try await checkConnections(load)
            return try await load.sum(\.counts.sent)
        }
        var after = try await ClusterSample.take(of: servers, nodes: nodes)
        await recorder.mark("full")
        progress.end()
        report.fillGenerator = gauge.use
        try await after.settle(nodes: nodes)
        report.fill = PhaseUse(messages: total, from: before, to: after)
        report.sent = try await latency(load, \.sentLatency)
        report.memory = .init(before: before, after: after, slope: memory.bytesPerMessage)
        try await load.each { $0.closeWriters() }
    }

    private func restart(_ recorder: TimelineRecorder, into report: inout OfflineReport) async throws {
        let scripts = try ClusterScripts()
        let progress = Progress()
        for node in nodes {
            guard let server = try ServerProcess.listening(on: [node]).first else {
                throw BenchFailure("\(node) is not on this machine: it cannot be restarted")
            }
            progress.show("restarting \(server.nodeName ?? server.name)")
            let restart = try await NodeRestart.make(of: server, at: node, scripts: scripts)
            await recorder.mark("\(restart.name) restarted")
            report.restarts.append(restart)
        }
        progress.end()
    }

    private func drain(
        _ load: LoopSet<OfflineShard>, _ streams: [OfflineStream], _ recorder: TimelineRecorder,
        into report: inout OfflineReport
    ) async throws {
        let progress = Progress()
        let servers = try cluster.servers()
        let byUser = Dictionary(grouping: streams, by: \.user)
        let total = streams.reduce(0) { $0 + $1.count }
        let before = try await ClusterSample.take(of: servers, nodes: nodes)
        let gauge = GeneratorGauge(servers: servers)
        await recorder.mark("drain")
        try await Waiting.forSockets(users.count, "readers", progress) { index in
            let mine = (byUser[index] ?? []).map { stream in
                (key: StreamKey(device: writers[stream.writer].device, stream: stream.stream), stream: stream)
            }
            // Not the node that the writers of this user wrote to, where there is another.
            let (token, node) = (users[index].token, nodes[(index + 1) % nodes.count])
            return try await load.at(index % load.count) { shard in
                let reader = OfflineReader(streams: mine, shard: shard)
                shard.readers.append(reader)
                return openSocket(for: reader, to: node, token: token, on: shard.eventLoop) { $0.opened($1) }
            }
        }
        try await Waiting.until(total, "draining", progress) {
            try await checkConnections(load)
            return try await load.sum(\.counts.received)
        }
        let after = try await ClusterSample.take(of: servers, nodes: nodes)
        await recorder.mark("drained")
        report.drain = PhaseUse(messages: total, from: before, to: after)
        report.drainGenerator = gauge.use
        report.usersDrained = try await latency(load, \.drainLatency)
        // They have read everything; a node would close them for their silence.
        try await load.each { $0.closeReaders() }
        let settled = try await settle(servers, since: after, progress, into: &report)
        progress.end()
        report.cleaning = PhaseUse(messages: total, from: after, to: settled)
        report.counts = try await load.collect(\.counts).reduce(into: OfflineCounts()) { $0.add($1) }
    }

    /// Watches the owners drop what was acknowledged, and the size of the data.
    private func settle(
        _ servers: [ServerProcess], since drained: ClusterSample, _ progress: Progress,
        into report: inout OfflineReport
    ) async throws -> ClusterSample {
        var sample = drained
        var second = 0
        while second <= options.settle || sample.metrics.pendingMessages > 0 && second <= OfflineRun.dropSecondsMax {
            sample = try await ClusterSample.take(of: servers, nodes: nodes)
            let seconds = drained.at.duration(to: sample.at).seconds
            if sample.metrics.pendingMessages == 0, report.droppedSeconds == nil { report.droppedSeconds = seconds }
            report.shrinking.append(
                .init(
                    seconds: seconds, logBytes: sample.metrics.logBytes, segmentBytes: sample.segmentBytes,
                    pendingCopies: sample.metrics.pendingMessages))
            progress.show(
                "after the drain \(second)/\(options.settle) s: log \(sample.metrics.logBytes / 1_048_576) MiB, "
                    + "\(sample.metrics.pendingMessages) copies pending")
            second += 1
            try await Task.sleep(until: drained.at.advanced(by: .seconds(second)), clock: .continuous)
        }
        return sample
    }

    private func checkConnections(_ load: LoopSet<OfflineShard>) async throws {
        let counts = try await load.collect(\.counts).reduce(into: OfflineCounts()) { $0.add($1) }
        guard counts.disconnects == 0 else { throw BenchFailure("connections were lost: \(counts.endings)") }
    }

    private func latency(
        _ load: LoopSet<OfflineShard>, _ histogram: @escaping @Sendable (OfflineShard) -> Histogram<UInt64>
    ) async throws -> LatencyResult {
        LatencyResult(try await load.collect(histogram))
    }

    private func rates(of load: LoopSet<OfflineShard>) async -> [Reading] {
        do {
            return [
                Reading(
                    name: "sent", unit: "messages/s", value: Double(try await load.sum(\.counts.sent)),
                    isCounter: true),
                Reading(
                    name: "read", unit: "messages/s", value: Double(try await load.sum(\.counts.received)),
                    isCounter: true),
            ]
        } catch {
            return []
        }
    }
}
