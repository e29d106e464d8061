import RoostCore
import RoostNode
import Testing

/// The table of values that are changed where they lie: it holds what a dictionary would.
@Suite struct DenseTableTests {
    /// Knows how often it was copied to be changed.
    private struct Counted: Sendable {
        private final class Storage: Sendable {}
        private var storage = Storage()
        private(set) var copies = 0
        var number = 0

        mutating func add(_ amount: Int) {
            if !isKnownUniquelyReferenced(&storage) {
                storage = Storage()
                copies += 1
            }
            number += amount
        }
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `it holds what a dictionary would`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var table = DenseTable<Int, [Int]>()
        var dictionary: [Int: [Int]] = [:]
        for step in 0..<2000 {
            let key = random.below(40)
            switch random.below(6) {
            case 0, 1:
                table[key] = [step]
                dictionary[key] = [step]
            case 2:
                table[key]?.append(step)
                dictionary[key]?.append(step)
            case 3:
                if let place = table.index(forKey: key) { table.values[place].append(-step) }
                dictionary[key]?.append(-step)
            case 4:
                #expect(table.removeValue(forKey: key) == dictionary.removeValue(forKey: key))
            default:
                table[key] = nil
                dictionary[key] = nil
            }
            guard table.count == dictionary.count, table.keys.count == table.values.count else {
                Issue.record("\(table.count) values of \(dictionary.count) after step \(step)")
                return
            }
        }
        #expect(table.isEmpty == dictionary.isEmpty)
        #expect(table.keys.sorted() == dictionary.keys.sorted())
        for (key, value) in dictionary {
            #expect(table[key] == value)
            #expect(table.index(forKey: key).map { table.values[$0] } == value)
            #expect(table.index(forKey: key).map { table.keys[$0] } == key)
        }
        #expect(table.index(forKey: 40) == nil && table[40] == nil)
    }

    @Test func `nothing is copied to be changed`() {
        var table = DenseTable<Int, Counted>()
        for key in 0..<4 { table[key] = Counted() }
        for key in 0..<4 {
            table[key]?.add(1)
            if let place = table.index(forKey: key) { table.values[place].add(1) }
        }
        #expect(table.values.map(\.number) == [2, 2, 2, 2])
        #expect(table.values.allSatisfy { $0.copies == 0 })
    }
}
