import RoostClient

/// What is read of every server in the background of a run: CPU, memory, the size of its data.
actor ServerGauges {
    private let nodes: [NodeAddress]
    /// Looked up anew when a process is gone, for a node that was killed comes back as another one.
    private var known: [NodeAddress: ServerProcess] = [:]

    init(_ nodes: [NodeAddress]) {
        self.nodes = nodes
    }

    func read() -> [Reading] {
        var readings: [Reading] = []
        for node in nodes {
            guard let server = process(of: node), let sample = server.sampleIfRunning() else {
                known[node] = nil
                continue
            }
            let name = server.nodeName ?? server.name
            readings.append(Reading(name: name, unit: "cores of CPU", value: sample.cpuSeconds, isCounter: true))
            readings.append(
                Reading(name: name, unit: "MiB resident", value: Double(sample.residentBytes) / 1_048_576))
            if let bytes = server.segmentBytes {
                readings.append(Reading(name: name, unit: "MiB on disk", value: Double(bytes) / 1_048_576))
            }
        }
        return readings
    }

    private func process(of node: NodeAddress) -> ServerProcess? {
        if let server = known[node] { return server }
        do {
            known[node] = try ServerProcess.listening(on: [node]).first
        } catch {
            return nil
        }
        return known[node]
    }
}
