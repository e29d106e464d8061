import Foundation
import RoostCore

/// Bytes of sealed segments are flipped while their node is down. What they held comes from the other owners, and no
/// reader gets to see a wrong body.
///
/// A queue that is always drained leaves nothing to damage, so some readers stay away until there is a sealed segment.
struct CorruptSegments: Nemesis {
    private var victim: ClusterNode?
    private var held: [Int] = []

    let name = "damaged segments"

    private static let bodyBytes = 8192
    private static let backlogSecondsMax = 30.0
    private static let flipsPerSegment = 4
    // Headers of files and blocks are found damaged in tests of the log; here it is the messages.
    private static let firstOffset = 4096

    mutating func harm(_ field: Field) async throws -> String {
        let node = field.randomNode()
        victim = node
        held = field.users.indices.filter { $0 % 4 == 0 }
        try await field.workload.hold(held)
        try await field.workload.setBytes(CorruptSegments.bodyBytes)
        let end = ContinuousClock.now + .seconds(CorruptSegments.backlogSecondsMax)
        while try sealed(node).isEmpty, ContinuousClock.now < end { try await field.sleep(seconds: 0.1) }
        try await field.workload.setBytes(nil)
        try await node.kill()
        let segments = try sealed(node).suffix(2)
        for segment in segments { try flip(segment, field) }
        return "\(segments.count) of \(node.name)"
    }

    mutating func heal(_ field: Field) async throws {
        guard let victim else { return }
        try field.cluster.restart(victim)
        try await victim.ready(seconds: 60)
        try await field.workload.letGo(held)
    }

    private func sealed(_ node: ClusterNode) throws -> [URL] {
        let files = try FileManager.default.contentsOfDirectory(at: node.logDirectory, includingPropertiesForKeys: nil)
        return files.filter { $0.pathExtension == "segment" }.sorted { $0.path < $1.path }.dropLast()
    }

    private func flip(_ segment: URL, _ field: Field) throws {
        let file = try FileHandle(forUpdating: segment)
        let end = Int(try file.seekToEnd())
        guard end > CorruptSegments.firstOffset else { return try file.close() }
        for _ in 0..<CorruptSegments.flipsPerSegment {
            let offset = UInt64(
                CorruptSegments.firstOffset + field.random.below(end - CorruptSegments.firstOffset))
            try file.seek(toOffset: offset)
            guard let byte = try file.read(upToCount: 1)?.first else { continue }
            try file.seek(toOffset: offset)
            try file.write(contentsOf: Data([byte ^ 0x10]))
        }
        try file.close()
    }
}
