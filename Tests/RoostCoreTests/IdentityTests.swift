import RoostCore
import Testing

/// Names, places and IDs. The golden values may never change: data on disk is found by them.
@Suite struct IdentityTests {
    @Test(arguments: ["a", "0", "alice", "a.b_c-9", "...", String(repeating: "z", count: 64)])
    func `a user name is one to 64 of its letters`(text: String) throws {
        let name = try #require(UserName(text))
        #expect(name.text == text)
        #expect("\(name)" == text)
    }

    @Test(arguments: ["", "A", "al ice", "ä", "a/b", "a\n", "a\0", "é", "a:b", String(repeating: "z", count: 65)])
    func `anything else is no user name`(text: String) {
        #expect(UserName(text) == nil)
    }

    @Test(arguments: [
        ("", 910), ("a", 810), ("alice", 175), ("bob", 518), (String(repeating: "z", count: 64), 458),
    ])
    func `a key keeps its slot for ever`(key: String, slot: Int) throws {
        let thousand = try #require(SlotCount(1024))
        #expect(thousand.slot(of: key) == Slot(slot))
        #expect("\(thousand.slot(of: key))" == "\(slot)")
        // The more slots, the more digits of one number.
        #expect(SlotCount.standard.slot(of: key).index >> 2 == UInt16(slot))
        #expect(SlotCount.most.slot(of: key).index >> 6 == UInt16(slot))
        #expect(SlotCount.least.slot(of: key).index == UInt16(slot) >> 7)
    }

    @Test func `a slot count is a power of two from 8 to 65536`() {
        let counts = (-1...70_000).filter { SlotCount($0) != nil }
        #expect(counts == (3...16).map { 1 << $0 })
        #expect(counts.allSatisfy { SlotCount($0)?.value == $0 && SlotCount($0)?.slots.count == $0 })
    }

    @Test func `keys spread over all slots`() {
        let slotCount = SlotCount.standard
        var counts = [Int](repeating: 0, count: slotCount.value)
        for number in 0..<slotCount.value * 100 { counts[Int(slotCount.slot(of: "user\(number)").index)] += 1 }
        // 100 expected, standard deviation 10: six of those either way.
        #expect(counts.allSatisfy { (40...160).contains($0) })
    }

    @Test(arguments: 0..<50 as Range<UInt64>)
    func `an ID is a version 4 UUID and reads what it writes`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let id = UniqueID.random(using: &random)
        let text = "\(id)"
        #expect(text.wholeMatch(of: /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/) != nil)
        #expect(UniqueID(text) == id)
        #expect(UniqueID(text.uppercased()) == id)
    }

    @Test(arguments: [
        "", "6ba7b810-9dad-41d1-80b4-00c04fd430c", "6ba7b810-9dad-41d1-80b4-00c04fd430c8a",
        "6ba7b8109dad-41d1-80b4-00c04fd430c8-", "6ba7b810-9dad-41d1-80b4-00c04fd430cg",
        "{ba7b810-9dad-41d1-80b4-00c04fd430c}",
    ])
    func `what is no UUID is refused`(text: String) {
        #expect(UniqueID(text) == nil)
    }

    @Test func `IDs are ordered as their texts are`() throws {
        var random = SeededRandom(seed: 1)
        let ids = (0..<100).map { _ in UniqueID.random(using: &random) }
        #expect(ids.sorted().map(\.description) == ids.map(\.description).sorted())
    }

    @Test func `a known ID is written as RFC 9562 has it`() {
        let id = UniqueID(high: 0x919108F7_52D1_4320, low: 0x9BAC_F847_DB41_48A8)
        #expect("\(id)" == "919108f7-52d1-4320-9bac-f847db4148a8")
    }

    @Test func `streams are ordered by device, then by number`() {
        let keys = [
            StreamKey(device: 1, stream: 9), StreamKey(device: 2, stream: 1), StreamKey(device: 2, stream: 2),
        ]
        #expect(keys.reversed().sorted() == keys)
        #expect("\(StreamKey(device: 255, stream: 7))" == "00000000000000ff/7")
    }

    @Test func `locations are ordered as the log is`() {
        let ordered = [
            LogLocation(segment: 1, blockOffset: 9, index: 9), LogLocation(segment: 2, blockOffset: 3, index: 9),
            LogLocation(segment: 2, blockOffset: 8, index: 0), LogLocation(segment: 2, blockOffset: 8, index: 1),
        ]
        #expect(ordered.reversed().sorted() == ordered)
    }
}
