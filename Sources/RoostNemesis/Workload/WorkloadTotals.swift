/// What a run has counted.
package struct WorkloadTotals: Codable, Equatable, Sendable {
    /// Messages that were written, retries not counted.
    package var written = 0
    /// Messages that were answered `sent`.
    package var acknowledged = 0
    /// Messages that reached their reader.
    package var received = 0
    /// Messages that were `sent`, and had not reached their reader at the end.
    package var lost = 0
    /// Messages that came after one with a higher number of the same stream.
    package var misordered = 0
    /// Messages whose body was not the one that was written.
    package var damaged = 0
    /// Messages that nobody wrote, or that were for somebody else.
    package var foreign = 0
    /// Refusals that a client which keeps the protocol must never get.
    package var wrongRefusals = 0
    /// Messages that came again to a reader with a watermark, which threw them away.
    package var duplicatesThrownAway = 0
    /// Messages that came again to a reader without one: it would have shown them twice.
    package var duplicatesShown = 0
    /// Connections that ended, for whatever reason.
    package var reconnects = 0
    /// Refusals by their code, those that a client has to expect.
    package var refusals: [String: Int] = [:]
    /// The first things that went wrong, in words.
    package var faults: [String] = []

    /// Longest list of faults: the first say what to look for, thousands more would not.
    package static let faultsMax = 40

    /// Nothing counted yet.
    package init() {}

    /// Whether every message came, once and in order, as it was written.
    package var isFaultless: Bool {
        lost + misordered + damaged + foreign + wrongRefusals == 0 && faults.isEmpty
    }

    mutating func fault(_ text: @autoclosure () -> String) {
        if faults.count < WorkloadTotals.faultsMax { faults.append(text()) }
    }
}
