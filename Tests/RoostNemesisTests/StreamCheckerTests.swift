import RoostCore
import RoostNemesis
import Testing

@Suite struct StreamCheckerTests {
    @Test func `what comes in order is in order`() {
        var checker = StreamChecker()
        for number: UInt64 in 1...5 { #expect(checker.arrived(number, writtenUpTo: 5) == .inOrder) }
        #expect(checker.lost(upTo: 5) == 0)
        #expect(checker.highest == 5)
    }

    @Test func `what has come comes again`() {
        var checker = StreamChecker()
        for number: UInt64 in 1...3 { _ = checker.arrived(number, writtenUpTo: 3) }
        #expect(checker.arrived(2, writtenUpTo: 3) == .again)
        #expect(checker.arrived(3, writtenUpTo: 3) == .again)
        #expect(checker.lost(upTo: 3) == 0)
    }

    @Test func `a hole is lost until it is filled, and then it was misordered`() {
        var checker = StreamChecker()
        _ = checker.arrived(1, writtenUpTo: 9)
        #expect(checker.arrived(4, writtenUpTo: 9) == .early(missing: 2))
        #expect(checker.lost(upTo: 4) == 2)
        #expect(checker.lost(upTo: 2) == 1)
        #expect(checker.arrived(3, writtenUpTo: 9) == .misordered)
        #expect(checker.arrived(3, writtenUpTo: 9) == .again)
        #expect(checker.lost(upTo: 4) == 1)
        #expect(checker.missing == [2])
    }

    @Test func `what was sent and is above the last that came is lost`() {
        var checker = StreamChecker()
        _ = checker.arrived(1, writtenUpTo: 9)
        #expect(checker.lost(upTo: 9) == 8)
    }

    @Test func `nobody wrote it`() {
        var checker = StreamChecker()
        #expect(checker.arrived(1, writtenUpTo: 0) == .neverWritten)
        #expect(checker.arrived(0, writtenUpTo: 5) == .neverWritten)
        #expect(checker.arrived(6, writtenUpTo: 5) == .neverWritten)
        #expect(checker.lost(upTo: 0) == 0)
    }
}
