/// A rule about the text of one file, as a value, so that a test can show it offending text.
struct Rule: Sendable, CustomStringConvertible {
    let name: String
    /// Why the rule is there, or what to do instead.
    let reason: String
    /// A regular expression that finds what breaks the rule.
    let pattern: String

    init(_ name: String, _ reason: String, _ pattern: String) {
        self.name = name
        self.reason = reason
        self.pattern = pattern
    }

    var description: String { name }

    /// The lines that break it, counted from 1.
    func offences(_ code: SourceCode) throws -> [Int] {
        code.lines(with: try Regex(pattern))
    }

    /// For every file under Sources.
    static let ofSources: [Rule] = [
        Rule("try?", "an error is handled or passed on; dropped silently it is lost", #"\btry\?"#),
        Rule("try!", "an error would end the process", #"\btry!"#),
        Rule("force cast", "a wrong type would end the process", #"\bas!"#),
        Rule("force unwrap", "a nil would end the process", #"[\w)\]}"]!(?!=)"#),
    ]

    /// For the levels whose every run must follow from its input: nothing here waits, locks, or asks the world.
    static let ofPureCode: [Rule] = [
        Rule("task", "machines are stepped by their shell", #"\b(Task|TaskGroup|withTaskGroup|AsyncStream)\b"#),
        Rule("async", "machines return actions, they do not wait", #"\b(async|await)\b"#),
        Rule("actor", "machines are values", #"\bactor\s+[A-Z]|@(globalActor|MainActor)\b"#),
        Rule("lock", "machines are values of one owner", #"\b(Mutex|NSLock|NIOLock\w*|Atomic|pthread_\w+)\b"#),
        Rule("clock", "the time comes in as `now:`", #"\.now\b|\b(ContinuousClock|SuspendingClock|Date)\b"#),
        Rule("unseeded random", "randomness comes from a SeededRandom", #"\.random\((?!.*\busing:)|\.shuffled?\(\)"#),
        Rule("unseeded element", "randomness comes from a SeededRandom", #"\.randomElement\(\)"#),
        Rule("system randomness", "randomness comes from a SeededRandom", #"\bSystemRandomNumberGenerator\b"#),
        Rule("event loop", "shells know event loops", #"\b(EventLoop\w*|ByteBuffer|Channel\w*Context|Dispatch\w+)\b"#),
        Rule("unchecked", "what is shared is a value", #"@unchecked\b|\bnonisolated\(unsafe\)"#),
        Rule("print", "output is an action", #"\b(print|debugPrint|dump)\("#),
    ]
}
