/** Standard errors on either side of an estimate in its 95 % interval: the 0.975 quantile of the normal distribution. */
export const Z95 = 1.959963984540054;
