import Histogram
import NIOCore
import RoostClient
import RoostCore

/// What the members of one group share: what is written, and what is counted. Everything happens on one event loop.
final class GroupLoad {
    let loop: any EventLoop
    let nodes: [NodeAddress]
    let group: Address
    let senders: Int
    let perSender: Int
    let window: Int
    private let padding: [UInt8]
    var members: [GroupMember] = []

    var sent = 0
    var delivered = 0
    var duplicates = 0
    var misordered = 0
    /// Numbers of the group's order that a member did not get.
    var gaps = 0
    /// What nobody of the group had written.
    var foreign = 0
    var errors: [String: Int] = [:]
    /// Microseconds from writing a message to its `sent`.
    var sentLatency = Histogram<UInt64>(highestTrackableValue: 600_000_000, numberOfSignificantValueDigits: .three)
    /// Microseconds from writing a message to a member's getting it.
    var deliveredLatency = Histogram<UInt64>(
        highestTrackableValue: 600_000_000, numberOfSignificantValueDigits: .three)

    /// Sender, number and time, eight bytes each.
    static let headerBytes = 24

    init(
        loop: any EventLoop, nodes: [NodeAddress], group: Address, senders: Int, perSender: Int, window: Int, bytes: Int
    ) {
        self.loop = loop
        self.nodes = nodes
        self.group = group
        self.senders = senders
        self.perSender = perSender
        self.window = window
        var random = SeededRandom(seed: 1)
        padding = (0..<max(0, bytes - GroupLoad.headerBytes)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    }

    var now: Instant { Instant(nanoseconds: NIODeadline.now().uptimeNanoseconds) }

    var ready: Int { members.count { $0.isReady } }
    var disconnects: Int { members.reduce(0) { $0 + $1.client.disconnects } }
    /// Different orders in which members got the messages.
    var orders: Int { Set(members.map(\.orderHash)).count }

    func body(sender: Int, number: UInt64, at time: Instant) -> [UInt8] {
        var writer = ByteWriter(capacity: GroupLoad.headerBytes + padding.count)
        writer.writeFixed(UInt64(sender))
        writer.writeFixed(number)
        writer.writeFixed(time.nanoseconds)
        return writer.bytes + padding
    }

    func parts(of body: [UInt8]) -> (sender: Int, number: UInt64, nanoseconds: UInt64)? {
        guard body.count == GroupLoad.headerBytes + padding.count, body[GroupLoad.headerBytes...].elementsEqual(padding)
        else { return nil }
        var reader = ByteReader(body)
        do throws(ByteReaderError) {
            let (sender, number, at) = (try reader.readUInt64(), try reader.readUInt64(), try reader.readUInt64())
            return sender < UInt64(senders) ? (Int(sender), number, at) : nil
        } catch {
            return nil
        }
    }
}
