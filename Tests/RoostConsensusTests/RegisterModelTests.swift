import RoostConsensus
import RoostCore
import Testing

/// Appends one byte, once.
private struct Append: RegisterChange {
    let mark: UInt8

    func apply(to current: [UInt8]) -> RegisterDecision {
        current.contains(mark) ? .keep : .write(current + [mark])
    }
}

/// Several proposers at acceptors that lose, repeat, reorder and forget nothing they stored.
@Suite("Register under fire")
struct RegisterModelTests {
    private enum Letter {
        case prepare(Int, acceptor: Int, Ballot)
        case accept(Int, acceptor: Int, Ballot, [UInt8])
        case promised(Int, acceptor: Int, Ballot, accepted: Ballot, [UInt8])
        case accepted(Int, acceptor: Int, Ballot)
        case conflict(Int, Ballot, promised: Ballot)
    }

    @Test("Every decided append stands in every later value, in one order", arguments: 1...120)
    func appends(seed: Int) {
        var random = SeededRandom(seed: UInt64(seed))
        let nodes = (0..<(seed % 2 == 0 ? 3 : 5)).map { UniqueID(high: 9, low: UInt64($0)) }
        var acceptors = nodes.map { _ in RegisterState() }
        var proposers: [RegisterProposer<Append>] = []
        var outcomes: [RegisterProposer<Append>.Outcome?] = []
        var letters: [Letter] = []
        var now = Instant(nanoseconds: 1)
        var decided: [[UInt8]] = []

        func post(_ actions: [RegisterProposer<Append>.Action], of proposer: Int) {
            for action in actions {
                switch action {
                case .prepare(let node, let ballot):
                    letters.append(.prepare(proposer, acceptor: nodes.firstIndex(of: node) ?? 0, ballot))
                case .accept(let node, let ballot, let value):
                    letters.append(.accept(proposer, acceptor: nodes.firstIndex(of: node) ?? 0, ballot, value))
                case .finished(let outcome):
                    outcomes[proposer] = outcome
                    if case .decided(let value) = outcome { decided.append(value) }
                }
            }
        }
        for index in 0..<4 {
            var actions: [RegisterProposer<Append>.Action] = []
            outcomes.append(nil)
            proposers.append(
                RegisterProposer(
                    change: Append(mark: UInt8(index + 1)), quorum: Quorum(current: nodes), now: now,
                    deadline: now + .seconds(3600), random: SeededRandom(seed: random.next()), into: &actions))
            post(actions, of: index)
        }
        for _ in 0..<200_000 where outcomes.contains(where: { $0 == nil }) {
            guard !letters.isEmpty, random.below(50) > 0 else {
                now = now + .milliseconds(UInt64(random.below(3000)))
                for index in proposers.indices {
                    var actions: [RegisterProposer<Append>.Action] = []
                    proposers[index].timerFired(now: now, into: &actions)
                    post(actions, of: index)
                }
                continue
            }
            let place = random.below(letters.count)
            let letter = random.below(10) == 0 ? letters[place] : letters.remove(at: place)
            if random.below(10) == 0 { continue }
            var actions: [RegisterProposer<Append>.Action] = []
            switch letter {
            case .prepare(let proposer, let acceptor, let ballot):
                let (state, reply) = acceptors[acceptor].preparing(ballot)
                acceptors[acceptor] = state
                switch reply {
                case .promised(let accepted, let value):
                    letters.append(.promised(proposer, acceptor: acceptor, ballot, accepted: accepted, value))
                case .conflict(let promised):
                    letters.append(.conflict(proposer, ballot, promised: promised))
                }
            case .accept(let proposer, let acceptor, let ballot, let value):
                let (state, reply) = acceptors[acceptor].accepting(ballot, value: value)
                acceptors[acceptor] = state
                switch reply {
                case .accepted: letters.append(.accepted(proposer, acceptor: acceptor, ballot))
                case .conflict(let promised): letters.append(.conflict(proposer, ballot, promised: promised))
                }
            case .promised(let proposer, let acceptor, let ballot, let accepted, let value):
                proposers[proposer].promised(
                    by: nodes[acceptor], ballot: ballot, accepted: accepted, value: value, into: &actions)
                post(actions, of: proposer)
            case .accepted(let proposer, let acceptor, let ballot):
                proposers[proposer].accepted(by: nodes[acceptor], ballot: ballot, into: &actions)
                post(actions, of: proposer)
            case .conflict(let proposer, let ballot, let promised):
                proposers[proposer].conflicted(with: promised, ballot: ballot, now: now, into: &actions)
                post(actions, of: proposer)
            }
        }
        #expect(decided.count == 4)
        for (earlier, later) in zip(decided, decided.dropFirst()) {
            #expect(Array(later.prefix(earlier.count)) == earlier, "\(later) forgot \(earlier)")
        }
        #expect(decided.last.map { Set($0).count == $0.count } == true)
    }

    @Test("A reader answers only what a majority agrees on")
    func reader() {
        let nodes = (0..<3).map { UniqueID(high: 9, low: UInt64($0)) }
        let ballot = Ballot(round: 4, proposer: nodes[0])
        var agreeing = RegisterReader(quorum: Quorum(current: nodes))
        #expect(agreeing.answered(by: nodes[0], accepted: ballot, value: [1]) == nil)
        #expect(agreeing.answered(by: nodes[0], accepted: ballot, value: [1]) == nil)
        #expect(agreeing.answered(by: nodes[2], accepted: ballot, value: [1]) == .value([1]))
        var split = RegisterReader(quorum: Quorum(current: nodes))
        #expect(split.answered(by: nodes[0], accepted: ballot, value: [1]) == nil)
        #expect(split.answered(by: nodes[1], accepted: .zero, value: []) == nil)
        #expect(split.gaveUpWaiting() == .needsRound)
    }

    @Test("While a slot moves, both sets must agree")
    func joint() {
        let nodes = (0..<4).map { UniqueID(high: 9, low: UInt64($0)) }
        let quorum = Quorum(current: Array(nodes[..<3]), next: Array(nodes[1...]))
        #expect(quorum.isReached(by: [nodes[1], nodes[2]]))
        #expect(!quorum.isReached(by: [nodes[0], nodes[1]]))
        #expect(!quorum.isReached(by: [nodes[2], nodes[3]]))
        #expect(quorum.members == nodes)
    }
}
