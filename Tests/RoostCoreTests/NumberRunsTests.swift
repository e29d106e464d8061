import RoostCore
import Testing

@Suite struct NumberRunsTests {
    private func run(_ from: StreamNumber, _ upTo: StreamNumber) throws -> NumberRuns.Run {
        try #require(NumberRuns.Run(from: from, upTo: upTo))
    }

    @Test func `runs that touch become one, in whichever order they come`() throws {
        var numbers = NumberRuns()
        for (from, upTo) in [(7, 9), (1, 2), (12, 12), (3, 6)] as [(StreamNumber, StreamNumber)] {
            let hasGrown = numbers.insert(try run(from, upTo))
            #expect(hasGrown)
        }
        #expect(numbers.runs == [try run(1, 9), try run(12, 12)])
        #expect(numbers.count == 10)
        let hasGrown = numbers.insert(try run(2, 8))
        #expect(!hasGrown, "all of it is in")
        #expect(numbers.contains(9) && !numbers.contains(10) && numbers.contains(12))
    }

    @Test func `a union grows once`() throws {
        var left = NumberRuns([try run(1, 3)])
        let right = NumberRuns([try run(2, 5), try run(9, 9)])
        let hasGrown = [left.formUnion(right), left.formUnion(right)]
        #expect(hasGrown == [true, false])
        #expect(left.runs == [try run(1, 5), try run(9, 9)])
    }

    @Test func `what is not above a number is taken out`() throws {
        var numbers = NumberRuns([try run(1, 3), try run(5, 9)])
        #expect(numbers.remaining(above: 6) == 3)
        numbers.remove(upTo: 6)
        #expect(numbers.runs == [try run(7, 9)])
    }

    @Test func `beyond the limit the lowest runs are forgotten`() throws {
        var numbers = NumberRuns()
        for number in 1...StreamNumber(NumberRuns.runsMax + 10) { numbers.insert(try run(2 * number, 2 * number)) }
        #expect(numbers.runs.count == NumberRuns.runsMax)
        #expect(numbers.runs.first == (try run(22, 22)))
        let hasChanged = numbers.insert(try run(2, 2))
        #expect(!hasChanged, "one that is forgotten at once changes nothing")
    }

    @Test func `numbers that do not ascend, 0 and the greatest are no run`() {
        #expect(NumberRuns.Run(from: 3, upTo: 2) == nil)
        #expect(NumberRuns.Run(from: 0, upTo: 2) == nil)
        #expect(NumberRuns.Run(from: 1, upTo: .max) == nil)
    }
}
