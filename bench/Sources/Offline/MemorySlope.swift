/// How memory grows with what is pending: a straight line through what was seen while the queues filled, so that buffers
/// that are there anyway do not count.
struct MemorySlope {
    private var points: [(pending: Double, bytes: Double)] = []

    mutating func add(pending: Int, residentBytes: Int) {
        points.append((Double(pending), Double(residentBytes)))
    }

    /// Least squares over the upper three quarters; `nil` with too few points.
    var bytesPerMessage: Double? {
        let most = points.map(\.pending).max() ?? 0
        let used = points.filter { $0.pending >= most / 4 }
        guard used.count >= 4 else { return nil }
        let count = Double(used.count)
        let meanPending = used.reduce(0) { $0 + $1.pending } / count
        let meanBytes = used.reduce(0) { $0 + $1.bytes } / count
        let spread = used.reduce(0) { $0 + ($1.pending - meanPending) * ($1.pending - meanPending) }
        guard spread > 0 else { return nil }
        return used.reduce(0) { $0 + ($1.pending - meanPending) * ($1.bytes - meanBytes) } / spread
    }
}
