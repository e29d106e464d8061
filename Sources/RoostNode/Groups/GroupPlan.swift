import RoostCore
import RoostRing

/// What an orderer makes of what it has read: which messages and changes get the next numbers, in which order.
///
/// It was read in this order: the order, the list, then what waits at a majority of the group's owners. Whatever was `sent` before
/// a change was decided is therefore among what waits, or has its number. So each change comes behind everything that waits
/// of those who are in the group before it.
///
/// What waits of somebody who is in no version from the one in force on was never `sent`, and stays where it is: should its author come
/// in again, it is like anything that was written and not `sent`.
struct GroupPlan: Equatable, Sendable {
    /// A stream of the group's mailbox, merged from what owners told.
    struct Waiting: Equatable, Sendable {
        /// A message and who holds it, a bit for each owner.
        struct Held: Equatable, Sendable {
            var number: StreamNumber
            var holders: UInt8
        }

        /// Who writes.
        var author: Address
        /// Everything up to here is finished.
        var watermark: StreamNumber = 0
        /// What is held, ascending.
        var held: [Held] = []

        /// Takes in what the owner at this place told.
        mutating func merge(_ told: GatewayReply.Waiting, place: Int) {
            watermark = max(watermark, told.watermark)
            var merged: [Held] = []
            merged.reserveCapacity(max(held.count, told.numbers.count))
            var known = held[...]
            for number in told.numbers {
                while let first = known.first, first.number < number { merged.append(known.removeFirst()) }
                var holders: UInt8 = 1 << UInt8(place)
                if let first = known.first, first.number == number { holders |= known.removeFirst().holders }
                merged.append(Held(number: number, holders: holders))
            }
            held = merged + known
        }

        /// Whether some owner holds what is finished.
        var isLagging: Bool { held.first.map { $0.number <= watermark } ?? false }
    }

    /// A stream's messages that have no number.
    private struct Stream {
        let key: StreamKey
        let author: Address
        var numbers: [StreamNumber] = []
        /// A message follows that too few owners hold: if it is ever `sent`, it may have been so before any change that is
        /// known by now, so that no change may overtake it.
        var isHeldUp = false
        /// What follows is not held next to what is finished or has its number, as far as was told.
        var hasGap = false
    }

    /// What is to be put in order, first to last.
    private(set) var items: [GroupOrder.Item] = []
    /// Streams with something that too few owners have told that they hold.
    private(set) var heldUp: [StreamKey] = []
    /// Streams with a gap: each pass has to ask every owner about them.
    private(set) var gapped: [StreamKey] = []

    /// Whether something waits for more owners to have it.
    var isHeldUp: Bool { !heldUp.isEmpty }

    /// Plans. `asked` are the streams of which the owners were to tell even if nothing of them waits.
    init(
        order: GroupOrder, group: Group, waiting: [StreamKey: Waiting], asked: Set<StreamKey>, owners: Owners
    ) {
        var left = waiting.keys.sorted().compactMap { key in
            waiting[key].flatMap {
                GroupPlan.stream(key, $0, order: order, isAsked: asked.contains(key), owners: owners)
            }
        }
        gapped = left.filter(\.hasGap).map(\.key)
        var version = order.version
        while true {
            let members = Set(group.members(at: version).map(\.address))
            let present = left.filter { members.contains($0.author) }
            left.removeAll { members.contains($0.author) }
            for stream in present { items += stream.numbers.map { .message(stream.key, $0) } }
            heldUp = present.filter(\.isHeldUp).map(\.key)
            guard version < group.version, !isHeldUp else { break }
            version += 1
            items.append(.change(version))
        }
    }

    private static func stream(
        _ key: StreamKey, _ waiting: Waiting, order: GroupOrder, isAsked: Bool, owners: Owners
    ) -> Stream? {
        var stream = Stream(key: key, author: waiting.author)
        var done = max(waiting.watermark, order.top(of: key))
        for held in waiting.held where held.number > done {
            guard held.number == done + 1 else {
                // Behind a gap nothing was ever `sent`. But it is one only when a majority was asked about the stream: an owner to
                // which all of it is finished tells of it only then, and the others may not know yet.
                stream.hasGap = true
                stream.isHeldUp = !isAsked
                break
            }
            guard owners.isQuorum(held.holders) else {
                stream.isHeldUp = true
                break
            }
            stream.numbers.append(held.number)
            done = held.number
        }
        return stream.numbers.isEmpty && !stream.isHeldUp && !stream.hasGap ? nil : stream
    }
}
