import RoostCore
import RoostRing

/// The bytes of a record, written without its rules.
struct RecordSpelling {
    var version: UInt8 = 5
    var clusterID: ClusterID
    var number: Epoch
    var previousHash: [UInt8]
    var ancestors: [UInt64]
    var members: [Member]
    var voters: [NodeID]
    var movement: Movement
    var rescues: UInt64
    var rescueMark: UInt64
    var slotCount: Int
    var lines: [RingTable.Line]
    /// Slots and the versions at which they lost their majority.
    var losses: [(slot: Int, version: UInt64)]

    init(_ record: EpochRecord) {
        clusterID = record.clusterID
        number = record.number
        previousHash = record.previousHash
        ancestors = record.ancestors
        members = record.members
        voters = record.voters
        movement = record.movement
        rescues = record.rescue.count
        rescueMark = record.rescue.mark
        slotCount = record.lines.count
        lines = record.lines
        losses = record.lines.enumerated().filter { $0.element.lossVersion > 0 }.map {
            ($0.offset, $0.element.lossVersion)
        }
    }

    var bytes: [UInt8] {
        var writer = ByteWriter()
        writer.write(version)
        writer.write(clusterID)
        writer.writeVarint(number)
        writer.writeRaw(previousHash)
        writer.writeCount(ancestors.count)
        for ancestor in ancestors { writer.writeFixed(ancestor) }
        writer.writeCount(members.count)
        for member in members {
            writer.write(member.id)
            for text in [member.name, member.zone, member.address, member.clientAddress] { writer.writeText(text) }
            writer.writeVarint(UInt64(member.weight))
            writer.write(member.standing.rawValue)
        }
        writer.writeCount(voters.count)
        for voter in voters { writer.write(voter) }
        writer.write(movement.isPaused)
        writer.writeVarint(movement.bytesPerSecondMax)
        writer.writeVarint(UInt64(movement.planned))
        writer.writeVarint(rescues)
        writer.writeFixed(rescueMark)
        writer.writeCount(slotCount)
        for line in lines {
            writer.writeVarint(line.version)
            for owners in [line.owners, line.next] {
                writer.writeCount(owners.count)
                for owner in owners { writer.writeVarint(UInt64(owner)) }
            }
        }
        writer.writeCount(losses.count)
        for loss in losses {
            writer.writeVarint(UInt64(loss.slot))
            writer.writeVarint(loss.version)
        }
        return writer.bytes
    }
}
