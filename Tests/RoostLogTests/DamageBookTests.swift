import RoostCore
import RoostLog
import Testing

/// When a damaged segment may go.
@Suite struct DamageBookTests {
    private let slots = (0..<8).map { Slot($0) }

    private func hit(_ segment: UInt32, _ slots: LogCorruption.Slots) -> LogCorruption {
        LogCorruption(segment: segment, range: 0..<10, slots: slots)
    }

    @Test func aSegmentGoesWhenTheLastOfItsSlotsIsRestored() {
        var book = DamageBook()
        let found = book.damaged([hit(4, .these([slots[1], slots[2]])), hit(5, .these([slots[2]]))], of: slots)
        let (four, five) = (DamagedBytes(segment: 4, from: 0, upTo: 10), DamagedBytes(segment: 5, from: 0, upTo: 10))
        #expect(
            found.slots
                == [SlotDamage(slot: slots[1], parts: [four]), SlotDamage(slot: slots[2], parts: [four, five])])
        #expect(found.whole.isEmpty)
        #expect(book.restored(slots[2]) == [5])
        #expect(book.restored(slots[7]).isEmpty)
        #expect(book.restored(slots[1]) == [4])
        #expect(book.restored(slots[1]).isEmpty)
    }

    /// Its header is damaged, which held nothing, and so is a block: the header says nothing of the block.
    @Test(arguments: [false, true])
    func aPartThatHeldNothingDoesNotSpeakForTheOthers(isHeaderFirst: Bool) {
        var book = DamageBook()
        let parts = [hit(4, .these([])), hit(4, .these([slots[3]]))]
        let found = book.damaged(isHeaderFirst ? parts : parts.reversed(), of: slots)
        #expect(found.slots.map(\.slot) == [slots[3]])
        #expect(found.whole.isEmpty)
        #expect(book.restored(slots[3]) == [4])
    }

    @Test func aSegmentThatLostNothingGoesAtOnce() {
        var book = DamageBook()
        let found = book.damaged([hit(4, .these([])), hit(5, .all)], of: slots)
        #expect(found.slots.map(\.slot) == slots)
        #expect(found.whole == [4])
    }
}
