import RoostCore
import RoostLog
import RoostNode
import RoostRing

/// At the end all owners of a slot hold the same, nobody else holds anything, and what nobody needs is off the disks.
extension Simulation {
    /// The share of dead records that the cleaner may leave in the segments that are full.
    private static let deadPercentMax = 30

    /// What is wrong with the copies; `nil` when nothing is.
    var unequalCopies: String? {
        guard let ring = record.ring, let lines = record.ringRecord?.lines else { return nil }
        let running = nodes.filter(\.isUp)
        for slot in lines.indices.map({ Slot($0) }) {
            let owners = ring.owners(of: slot)
            var first: (node: Int, digest: UInt64)?
            for node in running {
                guard owners.isCurrent(node.id) else {
                    guard node.holds(slot) else { continue }
                    return "n\(node.index) holds something of slot \(slot), which is not its own"
                }
                let digest = node.digest(of: slot)
                guard let known = first else {
                    first = (node.index, digest)
                    continue
                }
                guard known.digest != digest else { continue }
                return "n\(known.node) and n\(node.index) hold different copies of slot \(slot)"
            }
        }
        return nil
    }

    /// What is left on a disk that should not be; `nil` when nothing is. All messages are stored by their devices by then.
    var uncleanDisk: String? {
        // What is written to groups by those who are not in them is neither sent nor given up.
        for node in nodes where node.isUp && node.shard.counts.strayMessages == 0 {
            guard node.disk.cleaning == nil else { return "n\(node.index) has not emptied a segment" }
            let (messages, all) = node.disk.log.sealedBytes
            guard messages * 100 > all * Simulation.deadPercentMax else { continue }
            return "n\(node.index) keeps \(messages) bytes of stored messages in \(all) of full segments"
        }
        return nil
    }
}
