import RoostConsensus
import RoostCore
import RoostNode
import RoostTransport
import Synchronization

/// Registers in memory, by the same changes that the registers apply.
final class MemoryRegisters: RegisterService {
    private struct State {
        var accounts: [Address: [UInt8]] = [:]
        var fault: RegisterAnswer?
        /// The only one that has the fault; `nil` for all.
        var faulty: Address?

        /// Every change of a group is in order at once.
        func order(at name: Address) -> [UInt8]? {
            guard name.text.hasSuffix("/\(GroupOrder.part)"), let whole = Address(String(name.placeText)),
                let group = Group(stored: accounts[whole] ?? [])
            else { return nil }
            let changes = (1...group.version).map { GroupOrder.Item.change($0) }
            guard case .write(let value) = GroupOrderChange.assign(changes, generation: 0).apply(to: []) else {
                return nil
            }
            return value
        }
    }

    private let state = Mutex(State())

    /// Answers every request with this, or every one about this register, until it is `nil` again.
    func fail(with fault: RegisterAnswer?, at name: Address? = nil) {
        state.withLock { state in
            state.fault = fault
            state.faulty = name
        }
    }

    func perform(_ request: RegisterRequest) async -> RegisterAnswer {
        state.withLock { state in
            if let fault = state.fault, state.faulty ?? request.address == request.address { return fault }
            switch request {
            case .read(let name):
                return .value(state.order(at: name) ?? state.accounts[name] ?? [])
            case .change(let name, let change):
                switch change.apply(to: state.accounts[name] ?? []) {
                case .write(let value):
                    state.accounts[name] = value
                    return .value(value)
                case .refuse(let reason):
                    return .refused(reason: reason)
                case .keep:
                    return .value(state.accounts[name] ?? [])
                }
            }
        }
    }
}

/// Mailboxes that answer whatever they are told to, and remember what they were asked.
final class FixedMailboxes: MailboxService {
    private let state = Mutex<(answer: MailboxAnswer, asked: [MailboxRequest])>((.unavailable, []))

    var asked: [MailboxRequest] { state.withLock { $0.asked } }

    func answer(_ answer: MailboxAnswer) {
        state.withLock { $0.answer = answer }
    }

    func ask(_ request: MailboxRequest) async -> MailboxAnswer {
        state.withLock { state in
            state.asked.append(request)
            return state.answer
        }
    }
}

/// A password service that does not take its time, and counts.
final class QuickPasswords: PasswordService {
    private struct State {
        var isOverloaded = false
        var hashes = 0
        var random = SeededRandom(seed: 1)
    }

    private let state = Mutex(State())

    var hashes: Int { state.withLock { $0.hashes } }

    func setOverloaded(_ isOverloaded: Bool) {
        state.withLock { $0.isOverloaded = isOverloaded }
    }

    func record(of password: [UInt8]) async throws(PasswordServiceError) -> PasswordRecord {
        try await work()
        return PasswordRecord(
            costLog2: 1, blockSize: 1, parallelism: 1, salt: randomBytes(16), hash: SHA256.hash(password))
    }

    func matches(_ password: [UInt8], _ record: PasswordRecord?) async throws(PasswordServiceError) -> Bool {
        try await work()
        return record?.hash == SHA256.hash(password)
    }

    func randomBytes(_ count: Int) -> [UInt8] {
        state.withLock { state in (0..<count).map { _ in UInt8(state.random.below(256)) } }
    }

    private func work() async throws(PasswordServiceError) {
        let isOverloaded = state.withLock { state in
            state.hashes += 1
            return state.isOverloaded
        }
        if isOverloaded { throw .overloaded(limit: 0) }
    }
}

/// A node in whatever health a test wants.
final class SetHealth: HealthService {
    private let reasons = Mutex<[String]>([])

    func set(_ reasons: [String]) {
        self.reasons.withLock { $0 = reasons }
    }

    func readiness() async -> [String] { reasons.withLock { $0 } }

    func metricsText() async -> String { "# TYPE roost_up gauge\nroost_up 1\n" }
}
