import RoostCore
import RoostNode
import Testing

/// Which directories are older than what their node has said, and which only look so.
@Suite struct NodeLifeTests {
    private func life(boot: UInt64, process: UInt64 = 1, position: UInt64 = 0) -> NodeLife {
        NodeLife(boot: boot, process: process, position: position)
    }

    @Test func aDirectoryThatWasOpenedMoreOftenIsNoLess() {
        let remembered = life(boot: 4, process: 40, position: 100)
        #expect(life(boot: 5, process: 50).rollback(by: remembered, recovered: 100) == nil)
        #expect(life(boot: 5, process: 50).rollback(by: remembered, recovered: 101) == nil, "told after it was heard")
        #expect(
            life(boot: 4, process: 40).rollback(by: remembered, recovered: 7) == nil,
            "what this very life has appended is no more than it found")
    }

    @Test func oneThatWasOpenedLessOftenIsOlder() {
        let remembered = life(boot: 4, process: 40, position: 100)
        #expect(
            life(boot: 3, process: 30).rollback(by: remembered, recovered: 200) == .boot(found: 3, remembered: 4))
    }

    @Test func oneThatWasOpenedAsOftenByAnotherProcessIsACopyOfBefore() {
        let remembered = life(boot: 4, process: 40, position: 100)
        #expect(
            life(boot: 4, process: 41).rollback(by: remembered, recovered: 200) == .boot(found: 4, remembered: 4))
    }

    @Test func oneWhoseLogEndsBeforeWhatWasDurableIsOlder() {
        let remembered = life(boot: 4, process: 40, position: 100)
        #expect(
            life(boot: 5, process: 50).rollback(by: remembered, recovered: 99)
                == .position(found: 99, remembered: 100))
        #expect(
            life(boot: 5, process: 50).rollback(by: remembered, recovered: nil) == nil,
            "of a damaged log nobody can tell: its slots are quarantined")
    }

    @Test func theLatestLifeIsRememberedAndTheFurthestPosition() {
        let node = NodeID(high: 1, low: 1)
        var memory = LifeMemory()
        #expect(memory.life(of: node) == nil)
        #expect(memory.heard(life(boot: 2, process: 20, position: 50), of: node) == true)
        #expect(memory.heard(life(boot: 2, process: 20, position: 60), of: node) == false, "no other life")
        #expect(memory.heard(life(boot: 2, process: 20, position: 55), of: node) == false)
        #expect(memory.life(of: node) == life(boot: 2, process: 20, position: 60))
        #expect(
            memory.heard(life(boot: 2, process: 21, position: 90), of: node) == false, "the first to be heard stays")
        #expect(memory.heard(life(boot: 1, process: 10, position: 90), of: node) == false)
        #expect(memory.life(of: node) == life(boot: 2, process: 20, position: 60))
        #expect(memory.heard(life(boot: 3, process: 30, position: 10), of: node) == true)
        #expect(
            memory.life(of: node) == life(boot: 3, process: 30, position: 60), "what was durable once, stays durable")
    }

    @Test func theMemoryComesBackFromItsBytes() throws {
        var memory = LifeMemory()
        for number in 1...5 as ClosedRange<UInt64> {
            memory.heard(life(boot: number, process: ~number, position: number << 40), of: NodeID(high: 9, low: number))
        }
        let bytes = memory.encode()
        #expect(try LifeMemory(decoding: bytes) == memory)
        for end in bytes.indices {
            #expect(throws: ByteReaderError.self) { try LifeMemory(decoding: Array(bytes[..<end])) }
        }
        memory.keep(only: [NodeID(high: 9, low: 2), NodeID(high: 9, low: 7)])
        #expect(memory.life(of: NodeID(high: 9, low: 2)) != nil)
        #expect(memory.life(of: NodeID(high: 9, low: 3)) == nil)
    }

    @Test func thereIsRoomForSoManyNodesAndNotForMore() {
        var memory = LifeMemory()
        let known = 2 * UInt64(Limits.membersMax)
        for number in 1...known { memory.heard(life(boot: 1), of: NodeID(high: 9, low: number)) }
        memory.heard(life(boot: 1), of: NodeID(high: 9, low: known + 1))
        #expect(memory.life(of: NodeID(high: 9, low: known)) != nil)
        #expect(memory.life(of: NodeID(high: 9, low: known + 1)) == nil)
        #expect(
            memory.heard(life(boot: 2), of: NodeID(high: 9, low: known)) == true, "of those who are known all is heard")
    }
}
