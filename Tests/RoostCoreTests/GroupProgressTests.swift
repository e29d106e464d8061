import RoostCore
import Testing

/// How far a group is, counted.
@Suite("Group progress")
struct GroupProgressTests {
    private func steps(_ pairs: [(StreamNumber, UInt32)]) -> [GroupProgress.Step] {
        pairs.map { .init(upTo: $0.0, members: $0.1) }
    }

    @Test("Each step says how many have got at least so far")
    func steps() {
        let progress = GroupProgress(delivered: [5, 0, 9, 5, 7], read: [0, 0, 5, 5, 0])
        #expect(progress.members == 5)
        #expect(progress.delivered == steps([(9, 1), (7, 2), (5, 4)]))
        #expect(progress.read == steps([(5, 2)]))
        #expect([0, 1, 5, 6, 7, 8, 9, 10].map { progress.deliveredCount(of: $0) } == [4, 4, 4, 2, 2, 1, 1, 0])
        #expect(progress.readCount(of: 5) == 2 && progress.readCount(of: 6) == 0)
        #expect(GroupProgress(delivered: [], read: []) == GroupProgress(members: 0, delivered: [], read: []))
    }

    @Test("A thousand members are as many steps as a few, and none is said to have what it has not")
    func bounded() {
        let numbers = (1...1000).map { StreamNumber($0) }
        let progress = GroupProgress(delivered: numbers, read: [])
        #expect(progress.delivered.count == GroupProgress.stepsMax)
        #expect(progress.delivered.first == .init(upTo: 1000, members: 1))
        #expect(progress.delivered.last == .init(upTo: 1, members: 1000))
        for number in numbers {
            #expect(progress.deliveredCount(of: number) <= UInt32(numbers.count { $0 >= number }))
        }
        #expect(progress.deliveredCount(of: 990) == 11)
    }

    @Test("Who does not let others know is not told what they read")
    func withoutReads() {
        let progress = GroupProgress(delivered: [3, 3], read: [3, 1])
        #expect(progress.withoutReads == GroupProgress(members: 2, delivered: progress.delivered, read: []))
    }
}
