import RoostConsensus
import RoostCore
import RoostNode
import Testing

/// The register that gives a group's messages their numbers.
@Suite("Group order")
struct GroupOrderTests {
    private static func message(_ device: DeviceID, _ number: StreamNumber) -> GroupOrder.Item {
        .message(StreamKey(device: device, stream: 1), number)
    }

    private func written(_ change: GroupOrderChange, to value: [UInt8]) throws -> [UInt8] {
        switch change.apply(to: value) {
        case .write(let value): return value
        case .keep: return value
        case .refuse(let reason): throw try #require(GroupOrderChange.Refusal(rawValue: reason))
        }
    }

    @Test("What was read before something left the window gives no numbers")
    func generation() throws {
        var value = try written(.assign([.change(1), Self.message(1, 1)], generation: 0), to: [])
        let read = try #require(GroupOrder(stored: value))
        #expect(read.window.map(\.number) == [1, 2] && read.window.map(\.version) == [1, 1])
        value = try written(.finish(upTo: 2), to: value)
        // The orderer that goes by the older order would give the first message another number.
        #expect(throws: GroupOrderChange.Refusal.moved) {
            try self.written(.assign([Self.message(1, 1)], generation: read.generation), to: value)
        }
    }

    @Test("A try that was taken is not made again, whatever came after it")
    func retry() throws {
        let change = GroupOrderChange.assign([.change(1), Self.message(1, 1)], generation: 0)
        var value = try written(change, to: [])
        #expect(change.apply(to: value) == .keep)
        let generation = try #require(GroupOrder(stored: value)).generation
        value = try written(.assign([Self.message(2, 1), .change(2)], generation: generation), to: value)
        #expect(change.apply(to: value) == .keep)
        #expect(GroupOrderChange.finish(upTo: 0).apply(to: value) == .keep)
        value = try written(.finish(upTo: 1), to: value)
        #expect(GroupOrderChange.finish(upTo: 1).apply(to: value) == .keep)
    }

    @Test("Only numbers that leave the window are counted as finished, not changes that come in")
    func finishes() throws {
        var value: [UInt8] = []
        var counts: [UInt64] = []
        for change in [
            GroupOrderChange.assign([.change(1), Self.message(1, 1)], generation: 0),
            .assign([.change(2), Self.message(1, 2)], generation: 1), .finish(upTo: 2),
            .assign([Self.message(1, 3), .change(3)], generation: 3), .finish(upTo: 3),
        ] {
            value = try written(change, to: value)
            counts.append(try #require(GroupOrder(stored: value)).finishCount)
        }
        #expect(counts == [0, 0, 1, 1, 2])
    }

    @Test("A change takes its version into force, one after the other, and stops others' tries")
    func changes() throws {
        let value = try written(.assign([.change(1)], generation: 0), to: [])
        let order = try #require(GroupOrder(stored: value))
        #expect(order.version == 1 && order.generation == 1)
        #expect(throws: GroupOrderChange.Refusal.moved) {
            try self.written(.assign([Self.message(1, 1)], generation: 0), to: value)
        }
        // Never over one that is not in order.
        let skipped = try written(.assign([.change(3), Self.message(1, 1)], generation: 1), to: value)
        #expect(GroupOrder(stored: skipped) == order)
    }

    @Test("The window is bounded; what has no room gets no number")
    func window() throws {
        let items = (1...UInt64(Limits.groupWindowMax + 5)).map { Self.message(1, $0) }
        let value = try written(.assign(items, generation: 0), to: [])
        let order = try #require(GroupOrder(stored: value))
        #expect(order.window.count == Limits.groupWindowMax && order.next == StreamNumber(Limits.groupWindowMax) + 1)
        #expect(value.count < GroupOrderChange.valueBytesMax)
    }

    @Test("What cannot be read is not written over")
    func unreadable() {
        #expect(
            GroupOrderChange.finish(upTo: 1).apply(to: [9, 9])
                == .refuse(reason: GroupOrderChange.Refusal.unreadable.rawValue))
    }

    /// Orderers that stop and go on anywhere, over mailboxes that forget what is finished.
    @Test("Each message gets one number, each number one message", arguments: UInt64(1)...100)
    func once(seed: UInt64) throws {
        struct Orderer {
            var order: GroupOrder?
            var waiting: [GroupOrder.Item] = []
        }
        var random = SeededRandom(seed: seed)
        var value: [UInt8] = []
        var orderers = [Orderer(), Orderer(), Orderer()]
        var held = (1...12).map { Self.message(UInt64(random.below(3)), StreamNumber($0)) }
        let all = held
        var numbers: [GroupOrder.Item: Set<StreamNumber>] = [:]
        for _ in 0..<400 {
            let who = random.below(orderers.count)
            switch random.below(5) {
            // What waits is asked after the order is read, never before.
            case 0: orderers[who] = Orderer(order: GroupOrder(stored: value))
            case 1: if orderers[who].order != nil { orderers[who].waiting = held }
            case 2, 3:
                guard let order = orderers[who].order, !orderers[who].waiting.isEmpty else { continue }
                let change = GroupOrderChange.assign(
                    Array(orderers[who].waiting.prefix(1 + random.below(4))), generation: order.generation)
                if case .write(let new) = change.apply(to: value) { value = new }
                orderers[who] = Orderer()
            default:
                // Finished in the mailbox first, then out of the window, perhaps much later and by another.
                guard let order = GroupOrder(stored: value), let first = order.window.first else { continue }
                held.removeAll { $0 == first.item }
                if random.below(2) == 0 { value = try written(.finish(upTo: first.number), to: value) }
            }
            for assignment in GroupOrder(stored: value)?.window ?? [] {
                numbers[assignment.item, default: []].insert(assignment.number)
            }
        }
        #expect(numbers.values.allSatisfy { $0.count == 1 })
        #expect(Set(numbers.values.flatMap { $0 }).count == numbers.count)
        #expect(numbers.count > all.count / 2)
    }
}
